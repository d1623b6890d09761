import { AppError } from '../../base/errors.ts'
import type { LiveHub } from './live-hub.ts'

/** Proxies close connections on which nothing was said for a minute. */
const heartbeatMs = 25_000
/** What a reader that does not read may have waiting. */
const maxWaiting = 64

export type LiveSubscription = {
  topics: readonly string[]
  /** When the page was made (ms since 1970): what has changed since then is told at once. */
  since?: number | undefined
}

/** Another process may have made the page, by another clock. */
const clockTolerance = 1_000

/**
 * Server-Sent Events: `changed` with the topic's name whenever one of `topics` changes, from when the page was made.
 * Ends when the reader goes, does not read, or the hub ends. Throws AppError where the client has too many.
 */
export function openLiveStream(hub: LiveHub, subscription: LiveSubscription, client: string): Response {
  const leave = hub.takeSeat(client)
  if (!leave)
    throw new AppError('too-many-requests', 'Too many pages are open live from your address.', {
      retryAfterSeconds: 30,
    })
  let stop = () => {}
  const stream = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = pump(hub, subscription, controller, leave)
      },
      cancel: () => stop(),
    },
    { highWaterMark: maxWaiting },
  )
  return new Response(stream, { headers: liveHeaders })
}

export const liveHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // nginx would keep the events until it has a page of them.
  'x-accel-buffering': 'no',
}

function pump(
  hub: LiveHub,
  { topics, since }: LiveSubscription,
  controller: ReadableStreamDefaultController<Uint8Array>,
  leave: () => void,
): () => void {
  const encoder = new TextEncoder()
  const subscriptions = new DisposableStack()
  const stop = () => subscriptions.dispose()
  const end = () => {
    if (subscriptions.disposed) return
    stop()
    controller.close()
  }
  const send = (text: string) => {
    if ((controller.desiredSize ?? 0) <= 0) return end()
    controller.enqueue(encoder.encode(text))
  }
  subscriptions.defer(leave)
  for (const topic of new Set(topics))
    subscriptions.defer(hub.subscribe(topic, () => send(`event: changed\ndata: ${topic}\n\n`)))
  const heartbeat = setInterval(() => send(':\n\n'), heartbeatMs).unref()
  subscriptions.defer(() => clearInterval(heartbeat))
  hub.ended.addEventListener('abort', end)
  subscriptions.defer(() => hub.ended.removeEventListener('abort', end))
  send('retry: 3000\n\n')
  const missed = since === undefined ? [] : topics.filter((topic) => hub.hasChanged(topic, since - clockTolerance))
  for (const topic of missed) send(`event: changed\ndata: ${topic}\n\n`)
  return stop
}
