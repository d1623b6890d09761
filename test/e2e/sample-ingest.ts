import type { DeadLetter } from '../../src/ingest/dead-letter-store.ts'
import type { Gap } from '../../src/ingest/gap-store.ts'
import { DeadLetterPage, DeadLettersPage } from '../../src/web/pages/dead-letters-page.tsx'
import { IngestPage } from '../../src/web/pages/ingest-page.tsx'
import { pageHtml } from '../../src/web/pages/render-page.ts'
import type { IngestPageView } from '../../src/web/view/ingest-view.ts'
import type { Shell } from '../../src/web/view/shell.ts'
import { at, now } from './sample-events.ts'
import type { Render } from './sample-shell.ts'

const minute = 60_000
const ago = (minutes: number) => new Date(now.getTime() - minutes * minute)
const steps = 288

const gap: Gap = {
  id: 4,
  source: 'jetstream',
  reason: 'cursor-clamped',
  did: null,
  detail: 'asked for 2026-12-05T08:00:00.000Z, got 2026-12-06T20:00:00.000Z',
  fromCursor: 1,
  toCursor: 2,
  state: 'healing',
  times: 1,
  attempts: 1,
  repaired: 0,
  foundAt: ago(4),
  dueAt: ago(4),
  closedAt: null,
}

const repo = 'did:plc:6f2jkx5bhqz4m7nd3c2wqk4a'
const progress = {
  repos: 1633,
  done: 912,
  unchanged: 640,
  away: 3,
  failed: 2,
  missingHere: 410,
  stale: 12,
  missingThere: 4,
  applied: 426,
}
const run = { kind: 'heal', gapId: 4, isDryRun: false, error: null } as const

const view: IngestPageView = {
  sources: [
    {
      name: 'jetstream',
      host: 'jetstream1.us-east.bsky.network',
      isReading: true,
      perSecond: 3.4,
      lagMs: 840,
      lastAt: ago(0),
    },
  ],
  plot: {
    from: ago(24 * 60),
    rates: Array.from({ length: steps }, (_, i) =>
      i > 190 && i < 197 ? 0 : 2 + Math.sin(i / 40) * 1.5 + ((i * 7919) % 17) / 14 + (i === 198 ? 6 : 0),
    ),
    hours: Array.from({ length: 6 }, (_, i) => ({
      at: at(0, 15 - i),
      ops: 12_240 - i * 310,
      applied: 96 - i,
      deadLettered: i,
    })),
  },
  gaps: [
    gap,
    {
      ...gap,
      id: 3,
      reason: 'author-flood',
      did: repo,
      state: 'open',
      detail: 'more than 2000 ops within 10 minutes',
      times: 31,
      dueAt: new Date(now.getTime() + 6 * minute),
    },
    { ...gap, id: 2, reason: 'repo-diverged', did: repo, state: 'failed', detail: '', foundAt: ago(190) },
    { ...gap, id: 1, reason: 'source-changed', state: 'healed', repaired: 58, foundAt: ago(3000), detail: '' },
  ],
  letters: [
    { reason: 'record-unreadable', count: 214 },
    { reason: 'database-refused', count: 3 },
  ],
  runs: [
    { ...run, id: 9, state: 'reading', startedAt: ago(4), finishedAt: null, progress },
    {
      ...run,
      id: 8,
      kind: 'reconcile',
      isDryRun: true,
      state: 'done',
      startedAt: ago(600),
      finishedAt: ago(590),
      progress,
    },
    {
      ...run,
      id: 7,
      kind: 'backfill',
      state: 'listing',
      error: 'relay1.us-east.bsky.network answered 502',
      startedAt: ago(900),
      finishedAt: null,
      progress: { ...progress, repos: 0, done: 0 },
    },
  ],
}

const letter: DeadLetter = {
  id: 17,
  uri: `at://${repo}/community.lexicon.calendar.event/3m2k7qz4yxk2a`,
  did: repo,
  rev: '3m2k7r2cabc2a',
  op: {
    kind: 'record',
    did: repo,
    collection: 'community.lexicon.calendar.event',
    rkey: '3m2k7qz4yxk2a',
    action: 'create',
    rev: '3m2k7r2cabc2a',
    record: { $type: 'community.lexicon.calendar.event', startsAt: 'some day' },
    verified: 'no',
    live: true,
  },
  reason: 'record-unreadable',
  error: 'name-missing, startsAt-unreadable',
  attempts: 2,
  firstSeenAt: ago(200),
  lastSeenAt: ago(12),
}

const asAdmin = (shell: Shell): Shell => ({
  ...shell,
  path: '/admin/ingest',
  viewer: shell.viewer && { ...shell.viewer, isAdmin: true },
})
const empty: IngestPageView = {
  sources: [],
  plot: { from: ago(24 * 60), rates: [0], hours: [] },
  gaps: [],
  letters: [],
  runs: [],
}

export const sampleIngestPages: Record<string, Render> = {
  'admin-ingest': (shell) => pageHtml(IngestPage, { shell: asAdmin(shell), view }),
  'admin-ingest-empty': (shell) => pageHtml(IngestPage, { shell: asAdmin(shell), view: empty }),
  'admin-dead-letters': (shell) =>
    pageHtml(DeadLettersPage, {
      shell: asAdmin(shell),
      view: {
        reasons: view.letters,
        reason: 'record-unreadable',
        letters: [
          letter,
          { ...letter, id: 16, uri: 'message:0f8a1b2c3d4e5f60718293a4b5c6d7e8', reason: 'message-not-json' },
        ],
        nextPath: '/admin/dead-letters?before=16',
      },
    }),
  'admin-dead-letters-empty': (shell) =>
    pageHtml(DeadLettersPage, {
      shell: asAdmin(shell),
      view: { reasons: [], reason: null, letters: [], nextPath: null },
    }),
  'admin-dead-letter': (shell) => pageHtml(DeadLetterPage, { shell: asAdmin(shell), letter }),
}
