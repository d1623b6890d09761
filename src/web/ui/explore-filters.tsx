import { t } from '../messages.ts'
import { type ExploreFilters, explorePath, isFiltered } from '../view/explore-view.ts'
import { Icon } from './icons.tsx'

/** Filters are links: they work without a script, can be shared, and the back button undoes them. */
export function ExploreFilterBar({ filters }: { filters: ExploreFilters }) {
  return (
    <div class="filters">
      <Choice
        label={t.explore.when}
        names={t.explore.whens}
        current={filters.when}
        pathOf={(when) => explorePath(filters, { when })}
      />
      <Choice
        label={t.explore.mode}
        names={t.explore.modes}
        current={filters.mode}
        pathOf={(mode) => explorePath(filters, { mode })}
      />
      <Choice
        label={t.explore.source}
        names={t.explore.sources}
        current={filters.source}
        pathOf={(source) => explorePath(filters, { source })}
      />
      {isFiltered(filters) && (
        <a class="clear" href="/">
          <Icon name="close" />
          {t.explore.clear}
        </a>
      )}
    </div>
  )
}

type ChoiceProps<Name extends string> = {
  label: string
  names: Record<Name, string>
  current: Name
  pathOf: (name: Name) => string
}

function Choice<Name extends string>({ label, names, current, pathOf }: ChoiceProps<Name>) {
  return (
    <nav class="segments" aria-label={label}>
      {(Object.keys(names) as Name[]).map((name) => (
        <a key={name} href={pathOf(name)} aria-current={name === current ? 'true' : undefined}>
          {names[name]}
        </a>
      ))}
    </nav>
  )
}

export function SearchForm({ filters }: { filters: ExploreFilters }) {
  return (
    <form class="search" role="search" action="/" data-get>
      <Icon name="search" />
      <input
        type="search"
        name="q"
        value={filters.q}
        aria-label={t.explore.search}
        placeholder={t.explore.searchPlaceholder}
        maxLength={200}
      />
      {filters.when !== 'upcoming' && <input type="hidden" name="when" value={filters.when} />}
      {filters.mode !== 'all' && <input type="hidden" name="mode" value={filters.mode} />}
      {filters.source !== 'all' && <input type="hidden" name="source" value={filters.source} />}
      <button class="btn primary small" type="submit">
        {t.explore.searchButton}
      </button>
    </form>
  )
}
