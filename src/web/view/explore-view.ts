import type { EventCardView } from './event-view.ts'

export type ExploreWhen = 'upcoming' | 'today' | 'week' | 'month' | 'past'
type ExploreMode = 'all' | 'inperson' | 'virtual'
type ExploreSource = 'all' | 'here' | 'network'
export type ExploreFilters = { q: string; when: ExploreWhen; mode: ExploreMode; source: ExploreSource }

export type ExplorePageView = {
  filters: ExploreFilters
  /** Without filters: what runs now. Empty otherwise. */
  now: EventCardView[]
  /** The list under the filters, in the order of the store. */
  events: EventCardView[]
  nextPath: string | null
}

const whens: readonly string[] = ['upcoming', 'today', 'week', 'month', 'past']

/** Of the page's query; what it does not know is as if it was not there. */
export function readExploreFilters(query: URLSearchParams): ExploreFilters {
  const when = query.get('when') ?? ''
  const mode = query.get('mode') ?? ''
  const source = query.get('source') ?? ''
  return {
    q: (query.get('q') ?? '').trim().slice(0, 200),
    when: whens.includes(when) ? (when as ExploreWhen) : 'upcoming',
    mode: mode === 'inperson' || mode === 'virtual' ? mode : 'all',
    source: source === 'here' || source === 'network' ? source : 'all',
  }
}

/** The page's path with some filters changed; defaults are left out, the page number starts over. */
export function explorePath(
  filters: ExploreFilters,
  change: Partial<ExploreFilters & { cursor: string }> = {},
): string {
  const { q, when, mode, source, cursor } = { cursor: '', ...filters, ...change }
  const query = new URLSearchParams()
  if (q) query.set('q', q)
  if (when !== 'upcoming') query.set('when', when)
  if (mode !== 'all') query.set('mode', mode)
  if (source !== 'all') query.set('source', source)
  if (cursor) query.set('cursor', cursor)
  return query.size > 0 ? `/?${query}` : '/'
}

export function isFiltered(filters: ExploreFilters): boolean {
  return explorePath(filters) !== '/'
}
