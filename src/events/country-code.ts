/** CLDR's code for "nobody said": the lexicon wants a country of every address. */
export const unknownCountry = 'ZZ'

const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
let codes: Map<string, string> | undefined

/** The ISO 3166 code that a person means by a code or an English name; undefined where it is neither. */
export function toCountryCode(text: string): string | undefined {
  const wanted = text.trim()
  if (/^[A-Za-z]{2}$/.test(wanted)) return wanted.toUpperCase()
  codes ??= readCodes()
  return codes.get(wanted.toLowerCase()) ?? shortNames[wanted.toLowerCase()]
}

const shortNames: Record<string, string> = {
  usa: 'US',
  'u.s.': 'US',
  'u.s.a.': 'US',
  uk: 'GB',
  'great britain': 'GB',
  holland: 'NL',
}

function readCodes(): Map<string, string> {
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  const all = letters.flatMap((first) => letters.map((second) => first + second))
  return new Map(all.flatMap((code) => nameOf(code).map((name) => [name.toLowerCase(), code] as const)))
}

function nameOf(code: string): string[] {
  const name = names.of(code)
  return name === undefined || code === unknownCountry ? [] : [name]
}
