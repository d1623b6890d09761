import type { Location } from '../../events/event.ts'
import { hostOf, safeHref } from './safe-href.ts'

export type PlaceView = {
  /** What people call it, or what it is. */
  title: string
  /** The rest of the address, one line. */
  detail: string | null
  /** Of a map, or of the place's own page. */
  href: string | null
  isMap: boolean
}

const coordinates = (latitude: number, longitude: number) => `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`

function mapOf(query: string): string {
  return `https://www.openstreetmap.org/search?query=${encodeURIComponent(query)}`
}

function pinOf(latitude: number, longitude: number): string {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`
}

/** Any kind of location for people; the unknown ones by their name, or null where they have none to show. */
export function toPlace(location: Location): PlaceView | null {
  switch (location.kind) {
    case 'address':
      return addressPlace(location)
    case 'uri':
      return linkPlace(location.uri, location.name)
    case 'unknown':
      return location.name ? { title: location.name, detail: null, href: null, isMap: false } : null
    default:
      return pointPlace(location)
  }
}

function addressPlace(location: Extract<Location, { kind: 'address' }>): PlaceView | null {
  const town = [location.postalCode, location.locality].filter(Boolean).join(' ')
  const lines = [location.street, town, location.region, countryName(location.country)].filter((line): line is string =>
    Boolean(line),
  )
  const [first, ...rest] = location.name ? [location.name, ...lines] : lines
  if (!first) return null
  return {
    title: first,
    detail: rest.join(', ') || null,
    href: mapOf([location.name, ...lines].filter(Boolean).join(', ')),
    isMap: true,
  }
}

function pointPlace(location: Extract<Location, { kind: 'geo' | 'fsq' | 'hthree' }>): PlaceView | null {
  const { latitude, longitude } = location
  if (latitude === undefined || longitude === undefined)
    return location.name ? { title: location.name, detail: null, href: null, isMap: false } : null
  const point = coordinates(latitude, longitude)
  return {
    title: location.name ?? point,
    detail: location.name ? point : null,
    href: pinOf(latitude, longitude),
    isMap: true,
  }
}

function linkPlace(uri: string, name: string | undefined): PlaceView | null {
  const href = safeHref(uri)
  if (!href) return name ? { title: name, detail: null, href: null, isMap: false } : null
  return { title: name ?? hostOf(href), detail: name ? hostOf(href) : null, href, isMap: false }
}

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' })

/** `DE` as Germany; anything that is no code stays as it is. */
function countryName(country: string | undefined): string | undefined {
  return country && /^[A-Za-z]{2}$/.test(country) ? countries.of(country.toUpperCase()) : country
}

/** One line for cards: the venue and its town, else the online place's host. */
export function placeLine(locations: Location[]): string | null {
  for (const location of locations) {
    if (location.kind === 'address') {
      const line = [location.name ?? location.street, location.locality].filter(Boolean).join(', ')
      if (line) return line
    }
    const place = toPlace(location)
    if (place) return place.title
  }
  return null
}
