import type { EventRow } from './event-row.ts'

export type EventViewer = { id: number; is_admin: boolean }

type Guarded = Pick<EventRow, 'owner_id' | 'visibility' | 'is_draft' | 'hidden_reason'>

/** Who may see an event at all. Whoever may not must not learn that it is there. */
export function mayView(event: Guarded, viewer: EventViewer | null | undefined): boolean {
  if (viewer?.id === event.owner_id) return true
  if (event.is_draft || event.visibility === 'private') return false
  return event.hidden_reason === null || viewer?.is_admin === true
}
