import { announce } from './enhance-menus.ts'
import { swapLiveParts } from './swap-page.ts'
import { tellTimes } from './tell-times.ts'

let source: EventSource | undefined
let current: string | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let lastLook = 0

/** Listens for changes of what this page shows. A hidden page lets go of its stream and looks again when it is back. */
export function followTopic(topic: string | undefined): void {
  if (topic === current && source) return
  current = topic
  close()
  if (topic && !document.hidden) open(topic)
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return close()
  if (current && !source) {
    open(current)
    refreshSoon()
  }
})

function open(topic: string): void {
  let wasLost = false
  // What changes while the page is on its way here is told too.
  const since = document.body.dataset['liveSince'] ?? ''
  source = new EventSource(`/live?topic=${encodeURIComponent(topic)}${since && `&since=${since}`}`)
  source.addEventListener('changed', refreshSoon)
  source.addEventListener('error', () => (wasLost = true))
  source.addEventListener('open', () => {
    if (wasLost) refreshSoon()
    wasLost = false
  })
}

function close(): void {
  source?.close()
  source = undefined
}

/** Changes come in bursts: the first is looked at at once, those that follow within a moment together. */
function refreshSoon(): void {
  if (timer !== undefined) return
  const pause = Math.max(5, lastLook + 120 - Date.now())
  timer = setTimeout(() => {
    timer = undefined
    lastLook = Date.now()
    void refresh()
  }, pause)
}

async function refresh(): Promise<void> {
  const address = location.href
  const response = await fetch(address, { headers: { accept: 'text/html' } }).catch(() => undefined)
  if (!response || address !== location.href) return
  // Gone, forbidden now, or an error: the server's own page says it better.
  if (!response.ok) return location.reload()
  const said = swapLiveParts(await response.text())
  tellTimes()
  if (said.length > 0) announce(said.join('. '))
}
