import type { Picture } from '../../events/event.ts'
import type { CoverView } from './event-view.ts'
import { seedOf } from './hue.ts'
import { imagePath } from './person-view.ts'

/** The event's picture, or art that belongs to its slug. `did`: of the repo that holds the blob. */
export function toCover(
  event: { slug: string; picture: Picture | null },
  did: string | null,
  variant: 'card' | 'cover',
): CoverView {
  if (!event.picture) return { kind: 'art', seed: seedOf(event.slug) }
  return { kind: 'picture', src: imagePath(did, event.picture.cid, variant), alt: event.picture.alt }
}
