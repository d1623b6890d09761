import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { pageIn } from '../src/web/kernel/page.ts'
import { anyone } from '../src/web/kernel/policies.ts'
import { buildShell } from '../src/web/kernel/request-shell.ts'
import { type Route, type WebRequest, pageRoute, seeOther } from '../src/web/kernel/route.ts'
import { type DemoOutcome, demoOutcomes } from './demo-messages.ts'
import { DemoPage } from './demo-page.tsx'
import { type Demo, buildDemoView, readStart } from './demo-view.ts'
import type { Network } from './network.ts'
import { OtherApp, PdsError } from './other-app.ts'

const text = z.string().catch('')
const policy = anyone

/** `/demo`: the network around the site, and acts of other people and apps on it. Of the sandbox only. */
export function createDemoRoutes(demo: Demo): Route[] {
  const app = new OtherApp(demo.network.pds)
  return [showRoute(demo), pdsRoute(demo), ...recordRoutes(demo, app), sessionRoute(demo, app)]
}

function showRoute(demo: Demo): Route {
  return pageRoute({
    method: 'GET',
    path: '/demo',
    policy,
    query: z.object({ outcome: text, uri: text }),
    handle: async ({ request, query }) => show(demo, request, query),
  })
}

async function show(demo: Demo, request: WebRequest, query: { outcome: string; uri: string }): Promise<Response> {
  const shell = await buildShell(request)
  const flash = isOutcome(query.outcome) ? demoOutcomes[query.outcome] : shell.flash
  const { zone, now } = shell
  const view = await buildDemoView(request.services.db, demo, {
    did: request.viewer?.account.did ?? null,
    uri: query.uri,
    zone,
    now,
  })
  // Signing in ends at the PDS.
  return pageIn(request, 200, <DemoPage shell={{ ...shell, flash }} view={view} />, { leaves: true })
}

function isOutcome(text: string): text is DemoOutcome {
  return Object.hasOwn(demoOutcomes, text)
}

function pdsRoute({ network: { pds } }: Demo): Route {
  return pageRoute({
    method: 'POST',
    path: '/demo/pds',
    policy,
    body: z.object({ wanted: z.enum(['running', 'stopped']) }),
    handle: async ({ body: { wanted } }) => {
      await (wanted === 'running' ? pds.start() : pds.stop())
      return back(`pds-${wanted === 'running' ? 'started' : 'stopped'}`, 'pds')
    },
  })
}

function recordRoutes({ network }: Demo, app: OtherApp): Route[] {
  const create = pageRoute({
    method: 'POST',
    path: '/demo/events',
    policy,
    body: z.object({ did: text, name: text, start: text, zone: text, place: text }),
    handle: async ({ body }) => act(network, 'write', () => createEvent(app, body)),
  })
  const change = pageRoute({
    method: 'POST',
    path: '/demo/records',
    policy,
    body: z.object({ uri: text, 'new-name': text, act: z.enum(['rename', 'delete', 'replay']) }),
    handle: async ({ body: { uri, 'new-name': name, act: what } }) =>
      act(network, 'change', () => changeRecord(app, network, { uri, name, what })),
  })
  const answer = pageRoute({
    method: 'POST',
    path: '/demo/answers',
    policy,
    body: z.object({ 'answer-did': text, 'answer-uri': text, status: z.enum(['going', 'interested', 'notgoing']) }),
    handle: async ({ body }) =>
      act(network, 'answer', async () => {
        await app.answer(body['answer-did'], body['answer-uri'], body.status)
        return 'answered'
      }),
  })
  return [create, change, answer]
}

type NewEvent = { did: string; name: string; start: string; zone: string; place: string }

async function createEvent(app: OtherApp, { did, name, start, zone, place }: NewEvent): Promise<DemoOutcome> {
  const startsAt = readStart(start, zone)
  if (!startsAt) return 'start-unreadable'
  if (name.trim() === '') return 'name-missing'
  const locations = [{ $type: 'community.lexicon.location.address', name: place.trim(), country: 'US' }]
  await app.createEvent(did, {
    name: name.trim(),
    startsAt: startsAt.toISOString(),
    timezone: zone,
    createdWith: 'https://almanac.example',
    ...(place.trim() !== '' && { locations }),
  })
  return 'created'
}

type Change = { uri: string; name: string; what: 'rename' | 'delete' | 'replay' }

async function changeRecord(app: OtherApp, network: Network, { uri, name, what }: Change): Promise<DemoOutcome> {
  if (what === 'replay') return network.relay.replay(uri) ? 'replayed' : 'forgotten'
  if (what === 'delete') {
    await app.deleteRecord(uri)
    return 'deleted'
  }
  if (name.trim() === '') return 'name-missing'
  await app.editEvent(uri, { name: name.trim() })
  return 'renamed'
}

function sessionRoute({ network }: Demo, app: OtherApp): Route {
  return pageRoute({
    method: 'POST',
    path: '/demo/sessions/end',
    policy,
    body: z.object({ did: text }),
    handle: async ({ body: { did } }) =>
      act(network, 'people', async () => ((await app.expireSession(did)) > 0 ? 'session-ended' : 'no-session')),
  })
}

/** Does it, and goes back to where it was asked for; what the PDS has to say against it is told there. */
async function act(network: Network, section: string, what: () => Promise<DemoOutcome>): Promise<Response> {
  if (!network.pds.isRunning && section !== 'change') return back('pds-away', section)
  try {
    const outcome = await what()
    await catchUp(network)
    return back(outcome, section)
  } catch (error) {
    if (error instanceof PdsError) return back(error.code === 'RecordNotFound' ? 'record-missing' : 'refused', section)
    if (!network.pds.isRunning) return back('pds-away', section)
    throw error
  }
}

/** Until the relay has seen what was written, so that the page shows it. */
async function catchUp({ pds, relay }: Network): Promise<void> {
  const last = pds.isRunning ? await pds.pds.ctx.sequencer.curr() : null
  for (let i = 0; i < 50 && relay.lastSeq < (last ?? 0); i++) await wait(10)
}

function back(outcome: DemoOutcome, section: string): Response {
  return seeOther(`/demo?outcome=${outcome}#${section}`)
}
