import { t } from '../messages.ts'
import { eventPhase } from '../view/event-phase.ts'
import type { EventPageView } from '../view/event-view.ts'
import { stamp } from '../view/format-time.ts'
import type { Shell } from '../view/shell.ts'
import { Icon } from './icons.tsx'
import { zoneOf } from './time-text.tsx'

const tones: Record<string, string> = {
  hidden: 'warn',
  'deleted-on-network': 'warn',
  cancelled: 'bad',
  postponed: 'warn',
  rescheduled: 'warn',
  planned: '',
  draft: '',
  past: '',
  live: 'ok',
}

/** The one thing to know before anything else: cancelled, moved, a draft, over, running. */
export function EventBanner({ view, shell }: { view: EventPageView; shell: Shell }) {
  const kind = bannerOf(view, shell.now)
  const [title, text] = (kind && t.event.banner[kind]) || []
  return (
    <div id="banner" data-live>
      {kind && title && (
        <div class={`notice ${tones[kind] ?? ''}`}>
          <Icon name={kind === 'live' ? 'clock' : kind === 'draft' ? 'lock' : kind === 'past' ? 'clock' : 'warning'} />
          <p>
            <strong>{title}</strong>
            {text || (kind === 'rescheduled' && movedText(view, shell))}
          </p>
        </div>
      )}
    </div>
  )
}

function bannerOf(view: EventPageView, now: Date): string | undefined {
  if (view.hiddenReason !== null) return view.hiddenReason === 'deleted-on-network' ? 'deleted-on-network' : 'hidden'
  if (view.isDraft) return 'draft'
  if (view.status === 'cancelled' || view.status === 'postponed') return view.status
  const phase = eventPhase(view.when, now)
  if (phase === 'past' || phase === 'live') return phase
  return view.status === 'rescheduled' || view.status === 'planned' ? view.status : undefined
}

function movedText({ previousStartsAt, when }: EventPageView, shell: Shell): string {
  if (!previousStartsAt || !when.startsAt) return ''
  const zone = zoneOf(when)
  return t.event.movedFrom(stamp(previousStartsAt, zone, shell.locale), stamp(when.startsAt, zone, shell.locale))
}
