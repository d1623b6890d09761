import { generateCookie, getCookie } from 'hono/cookie'
import type { WebRequest } from './route.ts'

/** `openmeet`: the web session. The others of that name: what was started in this browser. */
export type CookieName = 'openmeet' | 'openmeet-sign-in' | 'openmeet-code' | 'openmeet-answer' | 'flash'

type Site = Pick<WebRequest, 'services' | 'http'>

export function findCookie({ services, http }: Site, name: CookieName): string | undefined {
  return getCookie(http, fullName(services.config.publicUrl, name))
}

/** A `Set-Cookie` header. Scripts never see our cookies, and other sites send them only by plain links. */
export function cookieHeader({ services }: Site, name: CookieName, value: string, maxAgeSeconds: number): string {
  const { publicUrl } = services.config
  return generateCookie(fullName(publicUrl, name), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: isHttps(publicUrl),
    maxAge: maxAgeSeconds,
  })
}

/** `__Host-`: no other host of the domain can set it, and none is sent it. Browsers take the name only on https. */
function fullName(publicUrl: string, name: CookieName): string {
  return isHttps(publicUrl) ? `__Host-${name}` : name
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith('https:')
}
