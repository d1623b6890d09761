import type { FirehoseSubscriptionOptions } from '@atcute/firehose'
import { WebSocket } from 'ws'
import { eventCollection, isCalendarCollection, rsvpCollection } from '../src/atproto/collections.ts'
import type { Identity } from '../src/atproto/identity.ts'

export type ReaderOptions = {
  /** ws: address of a host. */
  url: string
  keys: ReadonlyMap<string, string>
  onFrame: () => void
  onHit: (path: string) => void
}

/** Each reads the same stream, and tells the calendar ops it found. Loaded when used: memory is measured too. */
export const readers: Record<string, (options: ReaderOptions) => void> = {
  'ws, receive only': ({ url, onFrame }) => {
    const socket = new WebSocket(`${url}/xrpc/com.atproto.sync.subscribeRepos`, { perMessageDeflate: false })
    socket.on('message', onFrame)
  },

  'ours, each hit verified': (options) => void readOurs(options),

  '@atcute/firehose, unverified': (options) => void readAtcute(options),

  '@atproto/sync, filtered, each hit verified': (options) => void readAtproto(options),

  '@skyware/firehose, unverified': (options) => void readSkyware(options),
}

function isCalendar(path: string): boolean {
  return isCalendarCollection(path.split('/', 1)[0] ?? '')
}

async function readOurs({ url, keys, onHit }: ReaderOptions): Promise<void> {
  const { createFirehoseSource } = await import('../src/atproto/firehose.ts')
  const { createVerifier } = await import('../src/atproto/verify-batch.ts')
  const { createSignatureCheck } = await import('../src/atproto/verify-keys.ts')
  const resolveDid = async (did: string): Promise<Identity> => {
    const signingKey = keys.get(did) ?? null
    return { did, handle: null, pdsUrl: null, signingKey, didDoc: { id: did }, resolvedAt: new Date() }
  }
  const source = createFirehoseSource({ url, verify: createVerifier(createSignatureCheck({ resolveDid })) })
  for await (const { messages } of source.batches(undefined, new AbortController().signal))
    for (const { op } of messages)
      if (op.kind === 'record' && op.verified === 'commit') onHit(`${op.collection}/${op.rkey}`)
}

type Commit = { ops?: { path: string }[] }

const subscribeRepos = {
  kind: 'metadata',
  type: 'xrpc_subscription',
  nsid: 'com.atproto.sync.subscribeRepos',
  params: null,
  message: null,
  subprotocol: undefined,
} as unknown as FirehoseSubscriptionOptions<never>['nsid']

async function readAtcute({ url, onHit }: ReaderOptions): Promise<void> {
  const { FirehoseSubscription } = await import('@atcute/firehose')
  const subscription = new FirehoseSubscription({ service: url, nsid: subscribeRepos, validateEvents: false })
  for await (const message of subscription)
    for (const { path } of (message as Commit).ops ?? []) if (isCalendar(path)) onHit(path)
}

async function readAtproto({ url, keys, onHit }: ReaderOptions): Promise<void> {
  const { Firehose } = await import('@atproto/sync')
  const resolveAtprotoKey = async (did: string) => keys.get(did) ?? ''
  const firehose = new Firehose({
    service: url,
    idResolver: { did: { resolveAtprotoKey } } as never,
    unauthenticatedHandles: true,
    filterCollections: [eventCollection, rsvpCollection],
    handleEvent: async (event) => {
      if ('collection' in event && isCalendarCollection(event.collection)) onHit(`${event.collection}/${event.rkey}`)
    },
    onError: (error) => console.error(error),
  })
  await firehose.start()
}

async function readSkyware({ url, onHit }: ReaderOptions): Promise<void> {
  const { Firehose } = await import('@skyware/firehose')
  const firehose = new Firehose({ relay: url, ws: WebSocket, autoReconnect: false })
  firehose.on('commit', ({ ops }) => {
    for (const { path } of ops) if (isCalendar(path)) onHit(path)
  })
  firehose.start()
}
