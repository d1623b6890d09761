import type { PersonView } from './person-view.ts'

export type AssetUrls = { css: string; js: string; font: string }

export type ViewerView = PersonView & { id: number; isAdmin: boolean; needsReconnect: 'ended' | 'scopes' | null }

export type Flash = { tone: 'ok' | 'warn' | 'bad'; text: string }

/** What every page needs besides its own view. */
export type Shell = {
  /** Path and query of this request: signing in comes back here. */
  path: string
  /** Of the deployment, without a trailing slash. */
  publicUrl: string
  nonce: string
  assets: AssetUrls
  viewer: ViewerView | null
  now: Date
  /** The viewer's IANA zone, from the `tz` cookie that our script sets; null before it ran. */
  zone: string | null
  /** Of dates and times: `en-US` has 12 hours, `en-GB` 24. */
  locale: Locale
  flash: Flash | null
  /** The demo links its own page. */
  isDemo: boolean
}

export type Locale = 'en-US' | 'en-GB'

const twelveHours = new Set(['US', 'CA', 'AU', 'NZ', 'PH', 'IN', 'MY', 'PK', 'BD', 'EG', 'SA', 'CO', 'MX'])

/** How this browser's owner writes dates: by the region of its first language. */
export function toLocale(acceptLanguage: string | undefined): Locale {
  const first = acceptLanguage?.split(',')[0]?.split(';')[0]?.trim() ?? ''
  const region = first.split('-').find((part) => /^[A-Z]{2}$/.test(part))
  return region !== undefined && twelveHours.has(region) ? 'en-US' : 'en-GB'
}

/** The zone a cookie names, or null where it is none that this runtime knows. */
export function toZone(cookie: string | undefined): string | null {
  if (!cookie || cookie.length > 64) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: cookie }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
