/** The path on this site that a link asks to come back to; `/` where it would lead anywhere else. */
export function toReturnPath(text: string | null | undefined): string {
  const here = 'http://here.invalid'
  if (!text?.startsWith('/') || text.length > 2000 || !URL.canParse(text, here)) return '/'
  const url = new URL(text, here)
  const path = url.pathname + url.search + url.hash
  // `//host` and `/\host` are other sites to a browser; a path may also become one by being tidied up (`/.//host`).
  return url.origin === here && !path.startsWith('//') ? path : '/'
}
