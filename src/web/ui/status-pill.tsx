import { t } from '../messages.ts'
import type { BlueskyView } from '../view/bluesky-view.ts'
import { Butterfly } from './icons.tsx'

type State = BlueskyView['state']

const tones: Record<State, string> = { on: 'ok', waiting: 'warn pulse', reconnect: 'warn', conflict: 'warn', failed: 'bad', local: '', network: 'ok' }

/** Where an event stands with Bluesky, in two words. Guests need not know of its owner's troubles. */
export function BlueskyPill({ state, isOwner }: { state: State; isOwner: boolean }) {
  const label = (!isOwner && t.bluesky.guestPill[state]) || t.bluesky.pill[state]
  const tone = isOwner || state === 'on' || state === 'network' || state === 'local' ? tones[state] : ''
  return (
    <span class={`pill dot ${tone}`} data-say>
      {label}
    </span>
  )
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
