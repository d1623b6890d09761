import type { ComponentChildren } from 'preact'
import { coverArt } from '../view/cover-art.ts'

type Props = { title: string; text: string; seed: number; hue?: number; children?: ComponentChildren }

/** Nothing here: says so, draws something, and offers the next step. */
export function EmptyState({ title, text, seed, hue = 0, children }: Props) {
  return (
    <div class="empty">
      <div class="cover" dangerouslySetInnerHTML={{ __html: coverArt(seed, hue) }} />
      <h2>{title}</h2>
      <p>{text}</p>
      {children && <div class="actions">{children}</div>}
    </div>
  )
}
