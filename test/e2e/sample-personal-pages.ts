import { AdminSessionsPage } from '../../src/web/pages/admin-sessions-page.tsx'
import { ApiDocsPage } from '../../src/web/pages/api-docs-page.tsx'
import { ErrorPage } from '../../src/web/pages/error-page.tsx'
import { MyEventsPage } from '../../src/web/pages/my-events-page.tsx'
import { ProfilePage } from '../../src/web/pages/profile-page.tsx'
import { RecordPage } from '../../src/web/pages/record-page.tsx'
import { pageHtml } from '../../src/web/pages/render-page.ts'
import { SettingsPage } from '../../src/web/pages/settings-page.tsx'
import { MailCodePage, SignInPage } from '../../src/web/pages/sign-in-page.tsx'
import type { AdminSessionsView } from '../../src/web/view/admin-sessions-view.ts'
import type { ProfilePageView } from '../../src/web/view/profile-view.ts'
import type { SettingsPageView } from '../../src/web/view/settings-view.ts'
import { at, blueskyOn, cards, now } from './sample-events.ts'
import type { Render } from './sample-shell.ts'
import { ana, jules, rosa } from './sample-people.ts'

const profile: ProfilePageView = {
  accountId: 3,
  person: jules,
  bio: 'Calendars, cargo bikes, sourdough. Organises @atmosphere.berlin.\nhttps://jules.example',
  banner: '/img/did:plc:jules/bafybanner/banner',
  followers: 1204,
  following: 311,
  blueskyUrl: 'https://bsky.app/profile/jules.harbour.example',
  refreshedAt: at(-1, 3),
  repoStatus: 'active',
  tab: 'hosting',
  events: cards.slice(0, 4),
  nextPath: null,
  isSelf: false,
  isListed: true,
  publishing: null,
}

const settings: SettingsPageView = {
  connection: {
    state: 'connected',
    did: ana.did,
    handle: ana.handle,
    pdsUrl: 'https://pds.harbour.example',
    scopes: [
      'atproto',
      'repo:community.lexicon.calendar.event',
      'repo:community.lexicon.calendar.rsvp',
      'blob:image/*',
    ],
    missingScopes: [],
    connectedAt: at(-40, 3),
    refreshedAt: at(0, 15),
    expiresAt: at(80, 0),
    lastError: null,
    waiting: 0,
  },
  email: 'ana@harbour.example',
  isListed: true,
  deletePhrase: 'ana.harbour.example',
  sessions: [
    {
      id: 'a',
      isCurrent: true,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      createdAt: at(-3, 9),
      lastSeenAt: now,
    },
    {
      id: 'b',
      isCurrent: false,
      userAgent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
      createdAt: at(-20, 9),
      lastSeenAt: at(-2, 20),
    },
  ],
  tokens: [
    {
      id: 1,
      name: 'Calendar screen in the hallway',
      hint: 'om_4fz',
      createdAt: at(-9, 2),
      lastUsedAt: at(0, 12),
      expiresAt: at(81, 2),
    },
  ],
  newToken: null,
  errors: [],
  values: {},
}

const disconnected: SettingsPageView = {
  ...settings,
  connection: {
    ...settings.connection,
    state: 'needs-reconnect',
    waiting: 3,
    lastError: 'invalid_grant: the refresh token was revoked',
    missingScopes: ['blob:image/*'],
  },
  email: null,
  isListed: false,
  newToken: 'om_4fzq8TnV0wX2yKc7bR5sL1mJ9dGhA3eP',
  errors: [
    { field: 'email', message: 'That is not an e-mail address.' },
    { field: 'confirmation', message: 'Type exactly: ana.harbour.example' },
  ],
  values: { email: 'ana@', confirmation: 'yes', records: 'delete' },
}

const adminSessions: AdminSessionsView = {
  accountId: 7,
  tab: 'all',
  counts: { all: 214, reconnect: 2 },
  sessions: [ana, jules, rosa].map((person, i) => ({
    did: person.did ?? '',
    person: i === 2 ? null : person,
    state: i === 0 ? 'connected' : 'needs-reconnect',
    missingScopes: i === 1 ? ['repo:community.lexicon.calendar.rsvp', 'blob:image/*'] : [],
    refreshedAt: at(-i, 3),
    expiresAt: i === 2 ? null : at(40, 0),
    lastError: i === 2 ? 'invalid_grant: the refresh token was revoked' : null,
  })),
  run: {
    ...{ id: 4, startedBy: 7, startedAt: at(0, 1), finishedAt: null },
    ...{ total: 214, renewed: 120, reconnect: 2, unavailable: 1, waiting: 91 },
  },
  nextPath: '/admin/sessions?tab=all&after=did',
}

const value = {
  $type: 'community.lexicon.calendar.event',
  name: 'Atmosphere Berlin',
  createdAt: '2026-10-01T09:00:00.000Z',
  startsAt: '2026-12-10T17:30:00.000Z',
  mode: 'community.lexicon.calendar.event#inperson',
  status: 'community.lexicon.calendar.event#scheduled',
  locations: [{ $type: 'community.lexicon.location.address', name: 'c-base space station', country: 'DE' }],
  'net.example.theme': {
    colour: 'teal',
    aVeryLongKeyThatSomebodyInvented:
      'and a value that does not want to break anywhere_at_all_because_it_has_no_spaces',
  },
}

const schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    startsAt: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    mode: { enum: ['inperson', 'virtual', 'hybrid'] },
    locations: { type: 'array', items: { type: 'object', properties: { kind: { const: 'address' } } } },
  },
}
const openApi = {
  paths: {
    '/api/events': {
      get: {
        operationId: 'getEvents',
        summary: 'List events',
        tags: ['events'],
        description: 'Who may call: anyone.',
        parameters: [{ name: 'limit', in: 'query', required: false, schema: { type: 'integer' } }],
        responses: { 200: { content: { 'application/json': { schema } } } },
      },
      post: {
        operationId: 'postEvents',
        summary: 'Create an event',
        tags: ['events'],
        description: 'Who may call: signed in.',
        requestBody: { content: { 'application/json': { schema } } },
        responses: { 201: { content: { 'application/json': { schema } } } },
      },
    },
    '/api/events/{slug}/rsvp': {
      put: { operationId: 'putRsvp', summary: 'Answer an event', tags: ['answers'], responses: { 200: {} } },
      delete: { operationId: 'deleteRsvp', summary: 'Take an answer back', tags: ['answers'], responses: { 204: {} } },
    },
  },
}

const error =
  (status: number, detail: string | null, retryAfterSeconds: number | null = null): Render =>
  (shell) =>
    pageHtml(ErrorPage, {
      shell: { ...shell, viewer: null },
      view: { status, detail, requestId: '7f3kq2', retryAfterSeconds },
    })

/** Pages about people, and pages about failures. */
export const samplePersonalPages: Record<string, Render> = {
  profile: (shell) => pageHtml(ProfilePage, { shell, view: profile }),
  'profile-shadow': (shell) =>
    pageHtml(ProfilePage, {
      shell: { ...shell, viewer: null },
      view: {
        ...profile,
        person: rosa,
        banner: null,
        bio: '',
        followers: 12,
        following: null,
        events: cards.slice(2, 3),
      },
    }),
  'profile-self': (shell) =>
    pageHtml(ProfilePage, {
      shell,
      view: {
        ...profile,
        person: ana,
        isSelf: true,
        isListed: false,
        banner: null,
        tab: 'past',
        events: [],
        publishing: { synced: 41, waiting: 2, failed: 1, isConnected: true, needsReconnect: false },
      },
    }),
  'my-events': (shell) =>
    pageHtml(MyEventsPage, {
      shell,
      view: {
        tab: 'hosting',
        counts: { hosting: 3, going: 2, drafts: 1, past: null },
        events: [
          { ...cards[1]!, bluesky: 'on' },
          { ...cards[3]!, bluesky: 'waiting', visibility: 'unlisted' },
          { ...cards[4]!, bluesky: 'failed' },
          { ...cards[6]!, isDraft: true, bluesky: 'local' },
        ],
        nextPath: null,
      },
    }),
  'my-events-empty': (shell) =>
    pageHtml(MyEventsPage, {
      shell,
      view: { tab: 'going', counts: { hosting: 0, going: 0, drafts: 0, past: null }, events: [], nextPath: null },
    }),
  settings: (shell) => pageHtml(SettingsPage, { shell, view: settings }),
  'settings-trouble': (shell) => pageHtml(SettingsPage, { shell, view: disconnected }),
  'settings-mail-only': (shell) =>
    pageHtml(SettingsPage, {
      shell,
      view: {
        ...settings,
        connection: { ...settings.connection, state: 'none', did: null, handle: null, pdsUrl: null, scopes: [] },
        tokens: [],
      },
    }),
  'sign-in': (shell) =>
    pageHtml(SignInPage, {
      shell: { ...shell, viewer: null, path: '/sign-in' },
      view: {
        returnTo: '/',
        identifier: '',
        email: '',
        errors: [],
        hasMail: true,
        demoHandles: ['ana.test', 'jules.test', 'rosa.test'],
        reason: 'answer',
        willAnswer: 'going',
      },
    }),
  'sign-in-error': (shell) =>
    pageHtml(SignInPage, {
      shell: { ...shell, viewer: null, path: '/sign-in' },
      view: {
        returnTo: '/',
        identifier: 'anna.exmaple',
        email: '',
        errors: [{ field: 'identifier', message: 'No account answers to anna.exmaple. Check the spelling.' }],
        hasMail: true,
        demoHandles: [],
        reason: null,
        willAnswer: null,
      },
    }),
  'mail-code': (shell) =>
    pageHtml(MailCodePage, {
      shell: { ...shell, viewer: null },
      view: { email: 'ana@harbour.example', errors: [], mailboxUrl: 'http://127.0.0.1:1080' },
    }),
  'admin-sessions': (shell) =>
    pageHtml(AdminSessionsPage, {
      shell: { ...shell, viewer: shell.viewer && { ...shell.viewer, isAdmin: true } },
      view: adminSessions,
    }),
  'admin-sessions-none': (shell) =>
    pageHtml(AdminSessionsPage, {
      shell,
      view: {
        ...adminSessions,
        tab: 'reconnect',
        counts: { all: 0, reconnect: 0 },
        sessions: [],
        run: null,
        nextPath: null,
      },
    }),
  record: (shell) =>
    pageHtml(RecordPage, {
      shell,
      view: {
        uri: blueskyOn.uri ?? '',
        did: 'did:plc:6f2jkx5bhqz4m7nd3c2wqk4a',
        collection: value.$type,
        rkey: '3m2k7qz4yxk2a',
        cid: 'bafyreidfcm4u3vnuph5ltwdpssiz3a4xfbm2otjrdisftwnbfmnxd6lsxm',
        rev: '3m2k7r2cabc2a',
        value,
        isDeleted: false,
        origin: 'here',
        verified: 'commit',
        flags: ['locations.0.unknown-type'],
        syncStatus: 'IN_SYNC',
        author: jules,
        event: { path: '/events/atmosphere-berlin', name: 'Atmosphere Berlin' },
        reading: [
          { field: 'Name', value: 'Atmosphere Berlin' },
          { field: 'Start', value: 'Thu 10 Dec 2026, 18:30 CET' },
          { field: 'Status', value: 'Scheduled' },
        ],
        indexedAt: at(-1, 0),
      },
    }),
  'error-401': error(401, null),
  'error-403': error(403, 'Only the host can edit this event.'),
  'error-404': error(404, null),
  'error-410': error(410, 'The host deleted this event.'),
  'error-422': error(422, 'capacity: write a number.'),
  'error-429': error(429, null, 40),
  'error-500': error(500, null),
  'error-503': error(503, 'The database is starting.', 5),
  'api-docs': (shell) => pageHtml(ApiDocsPage, { shell, document: openApi }),
}
