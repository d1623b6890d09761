import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'
import { safeHref } from './safe-href.ts'

export type FacetLink = { text: string; href: string }

/** A character of the private use area that no text of ours keeps. */
const mark = '\uE000'

/**
 * Puts `{<mark>n}` where a facet's text stood, so that Markdown sees one word there, and says what each stands for.
 * Offsets are UTF-8 bytes (app.bsky.richtext.facet); a facet that does not fit the text costs that facet only.
 */
export function hideFacets(text: string, facets: Json | null): { hidden: string; links: FacetLink[] } {
  const clean = text.replaceAll(mark, '\uFFFD')
  const bytes = Buffer.from(clean)
  const links: FacetLink[] = []
  let hidden = ''
  let from = 0
  for (const { start, end, href } of spansOf(facets)) {
    const before = decode(bytes, from, start)
    const inside = decode(bytes, start, end)
    if (before === undefined || inside === undefined || !isLinkable(hidden + before, inside)) continue
    hidden += `${before}{${mark}${links.length}}`
    links.push({ text: inside, href })
    from = end
  }
  return { hidden: hidden + (decode(bytes, from, bytes.length) ?? ''), links }
}

/** In code, where no rule ran, the facet's text comes back as text. */
export function showFacets(html: string, links: FacetLink[]): string {
  return html.replaceAll(new RegExp(`\\{(?:${mark}|%EE%80%80)(\\d+)(?:\\}|%7D)`, 'g'), (_, n: string) =>
    escapeText(links[Number(n)]?.text ?? ''),
  )
}

/** Not within the address of a Markdown link, and of one line. */
function isLinkable(before: string, inside: string): boolean {
  return inside.trim() !== '' && !inside.includes('\n') && !/(\]\(|<)$/.test(before)
}

function decode(bytes: Buffer, start: number, end: number): string | undefined {
  if (start > end || end > bytes.length) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

function spansOf(facets: Json | null): { start: number; end: number; href: string }[] {
  if (!Array.isArray(facets)) return []
  return facets
    .slice(0, 500)
    .flatMap((facet) => (isJsonObject(facet) ? spanOf(facet) : []))
    .sort((a, b) => a.start - b.start)
}

function spanOf(facet: JsonObject): { start: number; end: number; href: string }[] {
  const { index, features } = facet
  if (!isJsonObject(index) || !Array.isArray(features)) return []
  const [start, end] = [index['byteStart'], index['byteEnd']]
  const href = features
    .map((feature) => (isJsonObject(feature) ? hrefOf(feature) : undefined))
    .find((found) => found !== undefined)
  if (!Number.isInteger(start) || !Number.isInteger(end) || href === undefined) return []
  return typeof start === 'number' && typeof end === 'number' && start >= 0 && end > start ? [{ start, end, href }] : []
}

function hrefOf(feature: JsonObject): string | undefined {
  if (typeof feature['uri'] === 'string') return safeHref(feature['uri'])
  if (typeof feature['did'] === 'string' && /^did:[a-z]+:[\w.:%-]+$/.test(feature['did'])) return `/u/${feature['did']}`
  if (typeof feature['tag'] === 'string' && feature['tag'] !== '') return `/?q=${encodeURIComponent(feature['tag'])}`
  return undefined
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
