import { ago, yourTime } from '../view/format-time.ts'
import type { Locale } from '../view/shell.ts'

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The server writes "your time" itself once it knows the zone. */
export function rememberZone(): void {
  if (!document.cookie.split('; ').includes(`tz=${zone}`))
    document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`
}

/** Keeps `2 minutes ago` true, and fills in "your time" where the server did not know the zone yet. */
export function tellTimes(): void {
  const now = new Date()
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-ago]')) {
    const text = ago(new Date(element.dateTime), now)
    if (element.textContent !== text) element.textContent = text
  }
  for (const element of document.querySelectorAll<HTMLElement>('[data-your-time][hidden]')) tellYourTime(element)
}

function tellYourTime(element: HTMLElement): void {
  const { yourTime: from, until, zone: eventZone, words } = element.dataset
  if (!from || !words) return
  const when = {
    startsAt: new Date(from),
    endsAt: until ? new Date(until) : null,
    allDay: false,
    timezone: eventZone ?? 'UTC',
  }
  const text = yourTime(when, zone, localeOf())
  if (text === null) return
  element.textContent = words.replace('{}', text)
  element.hidden = false
}

function localeOf(): Locale {
  return document.documentElement.dataset['locale'] === 'en-US' ? 'en-US' : 'en-GB'
}
