type HeaderOptions = { nonce: string; allowPrivateNetwork: boolean; leaves: boolean }

/**
 * Headers of every page. Styles and scripts are ours or carry the nonce; nothing inline.
 * `leaves`: the page's form ends at somebody's PDS by redirect, and Chromium holds redirects to form-action too.
 */
export function securityHeaders({ nonce, allowPrivateNetwork, leaves }: HeaderOptions): Record<string, string> {
  const formAction = leaves ? `'self' https:${allowPrivateNetwork ? ' http:' : ''}` : "'self'"
  return {
    'content-security-policy': [
      "default-src 'none'",
      `script-src 'self' 'nonce-${nonce}'`,
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      `form-action ${formAction}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'permissions-policy': 'camera=(), microphone=(), geolocation=(self)',
    'cross-origin-opener-policy': 'same-origin',
  }
}

/** Headers of every answer, where it has none of its own. */
export function commonHeaders(publicUrl: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    // no-referrer would make Chromium send `Origin: null` with form posts.
    'referrer-policy': 'strict-origin-when-cross-origin',
  }
  if (publicUrl.startsWith('https:')) headers['strict-transport-security'] = 'max-age=31536000; includeSubDomains'
  return headers
}
