import { AppError } from '../../base/errors.ts'

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * An unsafe request that a browser could have been tricked into must say that it comes from our own pages,
 * whatever its content type. Programs with a bearer token send no cookie, so nothing rides along.
 */
export function assertSameOrigin(request: Request, publicUrl: string, viaToken: boolean): void {
  if (safe.has(request.method) || viaToken) return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  if (origin === new URL(publicUrl).origin || (site === 'same-origin' && (origin === null || origin === ''))) return
  // Neither header: not a browser. Without a cookie there is nobody to act for.
  if (origin === null && site === null && !request.headers.has('cookie')) return
  throw new AppError('not-allowed', `This form was sent from another site. Open ${publicUrl} and try again from there.`)
}
