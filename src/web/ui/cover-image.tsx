import { coverArt } from '../view/cover-art.ts'
import type { CoverView } from '../view/event-view.ts'

type Props = { cover: CoverView; hue: number; class?: string; eager?: boolean; decorative?: boolean }

/** The event's picture, or its art. `decorative`: where the event's name stands right beside it. */
export function CoverImage({ cover, hue, class: name = '', eager = false, decorative = false }: Props) {
  if (cover.kind === 'art') {
    return <div class={`cover ${name}`} dangerouslySetInnerHTML={{ __html: coverArt(cover.seed, hue) }} />
  }
  return (
    <div class={`cover ${name}`}>
      <img
        src={cover.src}
        alt={decorative ? '' : cover.alt}
        width="800"
        height="800"
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        fetchpriority={eager ? 'high' : 'auto'}
      />
    </div>
  )
}
