import { t } from '../messages.ts'
import type { BlueskyView } from '../view/bluesky-view.ts'
import { Butterfly } from './icons.tsx'

type State = BlueskyView['state']

const tones: Record<State, string> = {
  on: 'ok',
  waiting: 'warn pulse',
  reconnect: 'warn',
  conflict: 'warn',
  failed: 'bad',
  local: '',
  network: 'ok',
}

/** Where an event stands with Bluesky, in two words. Guests need not know of its owner's troubles. */
export function BlueskyPill({
  state,
  isOwner,
  hasRecord = false,
}: {
  state: State
  isOwner: boolean
  hasRecord?: boolean
}) {
  const label = labelOf(state, isOwner, hasRecord)
  const tone = isOwner || state === 'on' || state === 'network' || state === 'local' ? tones[state] : ''
  return (
    <span class={`pill dot ${tone}`} data-say>
      {label}
    </span>
  )
}

function labelOf(state: State, isOwner: boolean, hasRecord: boolean): string {
  if (!isOwner)
    return (hasRecord ? t.bluesky.guestPillOfRecord[state] : t.bluesky.guestPill[state]) ?? t.bluesky.pill[state]
  return state === 'failed' && hasRecord ? t.bluesky.pill.outdated : t.bluesky.pill[state]
}

/** An event that another app made. */
export function NetworkBadge() {
  return (
    <span class="badge" title={t.shell.fromNetworkHint}>
      <Butterfly />
      {t.shell.fromNetwork}
    </span>
  )
}
