import { ConfirmPage } from '../../src/web/pages/confirm-page.tsx'
import { ConflictPage } from '../../src/web/pages/conflict-page.tsx'
import { EventFormPage } from '../../src/web/pages/event-form-page.tsx'
import { EventPage } from '../../src/web/pages/event-page.tsx'
import { ExplorePage } from '../../src/web/pages/explore-page.tsx'
import { GuestsPage } from '../../src/web/pages/guests-page.tsx'
import { pageHtml } from '../../src/web/pages/render-page.ts'
import { emptyEventForm, type EventFormPageView } from '../../src/web/view/event-form.ts'
import type { EventPageView } from '../../src/web/view/event-view.ts'
import { explorePath } from '../../src/web/view/explore-view.ts'
import type { Shell } from '../../src/web/view/shell.ts'
import type { Render } from './sample-shell.ts'
import { sampleIngestPages } from './sample-ingest.ts'
import { samplePersonalPages } from './sample-personal-pages.ts'
import { at, blueskyOn, cards, liveCards, now, openAnswer, photoCover, sampleEvent } from './sample-events.ts'
import { crowd, liang, rosa } from './sample-people.ts'

const allFilters = { q: '', when: 'upcoming', mode: 'all', source: 'all' } as const
const event =
  (change: Partial<EventPageView>, shellChange: Partial<Shell> = {}): Render =>
  (shell) =>
    pageHtml(EventPage, { shell: { ...shell, ...shellChange }, view: sampleEvent(change) })
const mine = { status: 'going', place: 'confirmed', guests: 1, answer: null, waitlistPosition: null } as const
const owned = { canManage: true, approvalsWaiting: 3 }

const emptyForm: EventFormPageView = {
  event: null,
  values: emptyEventForm('Europe/Berlin'),
  errors: [],
  pictureSrc: null,
  showPreview: false,
  connection: 'connected',
  focus: null,
}
const wrongForm: EventFormPageView = {
  ...emptyForm,
  event: { path: '/events/atmosphere-berlin', name: 'Atmosphere Berlin', hue: 10, isDraft: false, isPublished: true },
  values: {
    ...emptyForm.values,
    name: '',
    startDate: '2026-12-10',
    startTime: '18:30',
    endDate: '2026-12-09',
    endTime: '21:30',
    mode: 'hybrid',
    visibility: 'unlisted',
    description: 'An evening **for everybody**.\n\n- bring cake\n- bring friends',
    capacity: 'many',
    approval: true,
    approvalQuestion: 'What are you building?',
    pictureAlt: 'Lanterns',
    locations: [
      { kind: 'kept', location: { kind: 'geo', name: 'The old lighthouse', latitude: 54.1, longitude: 12.08 } },
      {
        kind: 'address',
        name: 'c-base',
        street: 'Rungestraße 20',
        locality: 'Berlin',
        region: '',
        postalCode: '10179',
        country: 'Germany',
      },
    ],
    uris: [{ name: 'Video call', uri: 'https://meet.example/atmo' }],
  },
  errors: [
    { field: 'name', message: 'Give the event a name.' },
    { field: 'endsAt', message: 'The end is before the start.' },
    { field: 'locations.1.country', message: 'Use the two letters of the country, such as DE.' },
    { field: 'capacity', message: 'Write a number, or leave it empty.' },
  ],
  pictureSrc: '/img/did:plc:ana/bafyphoto/cover',
  showPreview: true,
  connection: 'needs-reconnect',
}

const guests = crowd.map((person, i) => ({
  ...person,
  accountId: i + 1,
  guests: i % 3 === 1 ? 2 : 0,
  status: 'going' as const,
  place: 'pending' as const,
  answer: i % 2 ? null : 'A feed reader for calendars. It would be lovely to talk to others who do the same.',
  answeredAt: new Date(now.getTime() - i * 5_000_000),
  source: i % 3 ? ('here' as const) : ('network' as const),
}))

const conflict = {
  id: 4,
  settled: null,
  detectedAt: new Date(now.getTime() - 4_000_000),
  fields: [
    {
      field: 'name',
      base: 'Atmosphere Berlin',
      ours: 'Atmosphere Berlin: building on the AT Protocol',
      theirs: 'Atmosphere Berlin #12',
    },
    { field: 'startsAt', base: 'Thu 10 Dec 2026, 18:30 CET', ours: 'Thu 10 Dec 2026, 19:00 CET', theirs: null },
  ],
}
const settled = {
  ...conflict,
  id: 3,
  settled: { at: new Date(now.getTime() - 90_000_000), how: 'by-field' as const },
}
const eventRef = {
  slug: 'atmosphere-berlin',
  path: '/events/atmosphere-berlin',
  name: 'Atmosphere Berlin: building on the AT Protocol',
  hue: 10,
}

/** Every page of the site with a sample view, by name. */
export const samplePages: Record<string, Render> = {
  explore: (shell) =>
    pageHtml(ExplorePage, {
      shell: { ...shell, path: '/', zone: 'Europe/Berlin' },
      view: { filters: allFilters, now: liveCards, events: cards, nextPath: '/?cursor=x' },
    }),
  'explore-search': (shell) =>
    pageHtml(ExplorePage, {
      shell: { ...shell, viewer: null },
      view: {
        filters: { ...allFilters, q: 'berlin', mode: 'inperson' },
        now: [],
        events: cards.slice(6),
        nextPath: explorePath({ ...allFilters, q: 'berlin' }, { cursor: 'x' }),
      },
    }),
  'explore-empty': (shell) =>
    pageHtml(ExplorePage, {
      shell: { ...shell, viewer: null },
      view: { filters: allFilters, now: [], events: [], nextPath: null },
    }),
  event: event({}),
  'event-photo-going': event(
    { cover: photoCover, hue: 4, answer: { ...openAnswer, mine, capacity: 60, left: 12, deadline: at(6, 12) } },
    { zone: 'Europe/Berlin' },
  ),
  'event-visitor': event(
    {
      hue: 7,
      cover: { kind: 'art', seed: 8 },
      host: rosa,
      source: 'network',
      bluesky: {
        ...blueskyOn,
        state: 'network',
        createdWith: 'smokesignal.events',
        flags: ['startsAt.offset-missing'],
      },
      flags: ['startsAt.offset-missing'],
      when: { startsAt: at(7, 17.5), endsAt: null, allDay: false, timezone: null },
      mode: 'hybrid',
      uris: [{ uri: 'https://meet.example/x', name: 'Video call' }, { uri: 'javascript:alert(1)' }],
      locations: [
        { kind: 'geo', latitude: 52.51, longitude: 13.42, name: 'By the old lighthouse' },
        { kind: 'uri', uri: 'https://venue.example', name: 'Venue' },
      ],
      parent: { path: '/events/x', name: 'AtmosphereConf 2027' },
    },
    { viewer: null },
  ),
  'event-owner-failed': event({
    ...owned,
    hue: 2,
    cover: { kind: 'art', seed: 5 },
    status: 'rescheduled',
    previousStartsAt: at(5, 17),
    bluesky: {
      ...blueskyOn,
      state: 'failed',
      lastError: 'InvalidRequest: Record/startsAt must be a valid datetime',
      attempts: 3,
    },
  }),
  'event-owner-waiting': event({
    ...owned,
    approvalsWaiting: 0,
    hue: 8,
    cover: { kind: 'art', seed: 9 },
    bluesky: {
      ...blueskyOn,
      state: 'waiting',
      attempts: 4,
      nextAttemptAt: new Date(now.getTime() + 95_000),
      lastError: 'The server pds.example answered 503',
    },
  }),
  'event-owner-unlisted': event({ ...owned, isHostListed: false }),
  'event-owner-conflict': event({ ...owned, hue: 5, bluesky: { ...blueskyOn, state: 'conflict' } }),
  'event-owner-reconnect': event(
    { ...owned, hue: 6, cover: { kind: 'art', seed: 21 }, bluesky: { ...blueskyOn, state: 'reconnect' } },
    { viewer: { ...liang, id: 3, isAdmin: false, needsReconnect: 'ended' } },
  ),
  'event-draft': event({
    ...owned,
    hue: 1,
    isDraft: true,
    when: { startsAt: null, endsAt: null, allDay: false, timezone: null },
    description: '',
    locations: [],
    cover: { kind: 'art', seed: 33 },
    answer: {
      ...openAnswer,
      state: 'draft',
      counts: { going: 0, interested: 0, notgoing: 0, waitlisted: 0, pending: 0 },
      faces: [],
    },
    bluesky: { ...blueskyOn, state: 'local', localReason: 'draft', uri: null, recordPath: null, lastSyncedAt: null },
  }),
  'event-cancelled': event({
    status: 'cancelled',
    hue: 3,
    cover: { kind: 'art', seed: 40 },
    answer: { ...openAnswer, state: 'cancelled', mine },
  }),
  'event-waitlist': event(
    {
      hue: 9,
      answer: {
        ...openAnswer,
        capacity: 48,
        left: 0,
        hasWaitlist: true,
        needsApproval: true,
        question: 'What are you building?',
        mine: { ...mine, place: 'waitlisted', waitlistPosition: 3 },
      },
    },
    { flash: { tone: 'ok', text: 'It is full, so you are on the waitlist.' } },
  ),
  'event-past': event({
    when: { startsAt: at(-7, 17), endsAt: at(-6, 20), allDay: false, timezone: 'America/New_York' },
    hue: 11,
    cover: { kind: 'art', seed: 71 },
    answer: { ...openAnswer, state: 'past', mine },
  }),
  'form-new': (shell) => pageHtml(EventFormPage, { shell, view: emptyForm }),
  'form-errors': (shell) => pageHtml(EventFormPage, { shell, view: wrongForm }),
  guests: (shell) =>
    pageHtml(GuestsPage, {
      shell,
      view: {
        event: eventRef,
        eventId: 12,
        tab: 'pending',
        counts: { going: 48, interested: 17, notgoing: 3, waitlisted: 2, pending: 7 },
        guests,
        canManage: true,
        question: 'What are you building?',
        nextPath: '/x',
      },
    }),
  delete: (shell) =>
    pageHtml(ConfirmPage, {
      shell,
      view: {
        event: { ...eventRef, when: sampleEvent().when },
        action: 'delete',
        going: 48,
        interested: 17,
        isPublished: true,
      },
    }),
  cancel: (shell) =>
    pageHtml(ConfirmPage, {
      shell,
      view: {
        event: { ...eventRef, when: sampleEvent().when },
        action: 'cancel',
        going: 1,
        interested: 0,
        isPublished: true,
      },
    }),
  conflicts: (shell) =>
    pageHtml(ConflictPage, { shell, view: { event: eventRef, conflicts: [conflict], history: [settled] } }),
  'conflicts-none': (shell) => pageHtml(ConflictPage, { shell, view: { event: eventRef, conflicts: [], history: [] } }),
  ...samplePersonalPages,
  ...sampleIngestPages,
}
