import markdownIt, { type StateCore, type StateInline, type Token } from 'markdown-it'
import type { Json } from '../../base/json.ts'
import { hideFacets, type FacetLink, showFacets } from './facets.ts'
import { safeHref } from './safe-href.ts'

const maxLength = 50_000
const markdown = markdownIt({ html: false, linkify: true, breaks: true, typographer: false, maxNesting: 30 })
markdown.linkify.set({ fuzzyEmail: false })
markdown.validateLink = (url) => safeHref(url) !== undefined
markdown.normalizeLink = (url) => safeHref(url) ?? ''
// Pictures of other hosts are never loaded into our pages: they become links.
markdown.disable(['image'])
markdown.inline.ruler.before('text', 'facet', facetRule)
markdown.core.ruler.push('headings', headingRule)
markdown.core.ruler.push('links', linkRule)

/** HTML of a description: Markdown without HTML, Bluesky facets over it, links by `safeHref`, headings from h3 down. */
export function renderDescription(text: string, facets: Json | null): string {
  const { hidden, links } = hideFacets(text.slice(0, maxLength), facets)
  return showFacets(markdown.render(hidden, { links }), links)
}

/** The beginning of a description as one line of plain text, for previews of the page. */
export function excerpt(text: string, length = 180): string {
  const plain = text
    .slice(0, 4000)
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^[#>\-*+\s]+|[*_`~]{1,3}/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return plain.length > length ? `${plain.slice(0, length).replace(/\s+\S*$/, '')}…` : plain
}

/** `{<private use>n}` stands for the nth facet; inside a link only its text does. */
function facetRule(state: StateInline, silent: boolean): boolean {
  const match = /^\{\uE000(\d+)\}/.exec(state.src.slice(state.pos, state.pos + 8))
  const link = match && (state.env as { links: FacetLink[] }).links[Number(match[1])]
  if (!link) return false
  if (!silent) pushFacet(state, link)
  state.pos += match[0].length
  return true
}

function pushFacet(state: StateInline, link: FacetLink): void {
  const isNested = state.linkLevel > 0
  if (!isNested) state.push('link_open', 'a', 1).attrs = [['href', link.href]]
  state.push('text', '', 0).content = link.text
  if (!isNested) state.push('link_close', 'a', -1)
}

/** The page has its h1 and h2; the description's own outline continues below them without a gap. */
function headingRule(state: StateCore): void {
  const headings = state.tokens.filter((token) => token.type === 'heading_open')
  const top = Math.min(...headings.map((token) => Number(token.tag.slice(1))))
  let previous = 2
  for (const [i, token] of state.tokens.entries()) {
    if (token.type !== 'heading_open') continue
    previous = Math.min(previous + 1, Number(token.tag.slice(1)) - top + 3, 6)
    token.tag = `h${previous}`
    const close = state.tokens.slice(i).find((later) => later.type === 'heading_close')
    if (close) close.tag = token.tag
  }
}

/** A link to nowhere is no link; the others say that a guest wrote them. Links do not nest. */
function linkRule(state: StateCore): void {
  let tag = 'a'
  for (const token of state.tokens.flatMap((token): Token[] => token.children ?? [])) {
    if (token.type === 'link_open') {
      const href = String(token.attrGet('href') ?? '')
      tag = href ? 'a' : 'span'
      if (!href) token.attrs = null
      else if (!href.startsWith('/')) token.attrSet('rel', 'nofollow ugc noopener')
    }
    if (token.type === 'link_open' || token.type === 'link_close') token.tag = tag
  }
}
