const scheme = /^[a-z][a-z0-9+.-]*:/i

/**
 * What may stand in `href` of a link that came from the network, or undefined: http(s) and mailto only, a missing
 * scheme read as https. Never a script, never a private scheme, never a name and password before the host.
 */
export function safeHref(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > 2048) return undefined
  const isBareHost = !scheme.test(trimmed) || /^[a-z0-9.-]+\.[a-z]{2,}:\d{1,5}(\/|$)/i.test(trimmed)
  const url = URL.parse(isBareHost ? `https://${trimmed.replace(/^\/\//, '')}` : trimmed)
  if (!url || url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'mailto:') return url.href
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  return url.hostname.includes('.') || url.hostname === 'localhost' ? url.href : undefined
}

/** The host of a link, for people: without `www.`. */
export function hostOf(href: string): string {
  return URL.parse(href)?.hostname.replace(/^www\./, '') ?? href
}
