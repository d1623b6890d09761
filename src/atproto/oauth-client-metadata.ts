import { type OAuthClientMetadataInput, buildAtprotoLoopbackClientMetadata } from '@atproto/oauth-client-node'
import type { SessionLifetime } from './oauth-store.ts'
import { clientScope } from './oauth-scopes.ts'

/** How this site presents itself to authorization servers. https://atproto.com/specs/oauth#clients */
export type OAuthClientKind = {
  isConfidential: boolean
  metadata: Readonly<OAuthClientMetadataInput>
  lifetime: SessionLifetime
}

export const callbackPath = '/oauth/callback'
export const clientMetadataPath = '/oauth/client-metadata.json'
export const jwksPath = '/oauth/jwks.json'

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * On https: a confidential client that is known by the address of its metadata. On this machine: the loopback client,
 * whose redirect must say 127.0.0.1, never localhost (RFC 8252 8.3). Undefined on any other http address.
 */
export function toClientKind(publicUrl: string): OAuthClientKind | undefined {
  const url = new URL(publicUrl)
  if (url.protocol === 'https:')
    return {
      isConfidential: true,
      metadata: confidentialMetadata(url.origin),
      lifetime: { totalDays: 730, idleDays: 90 },
    }
  if (!loopbackHosts.has(url.hostname)) return undefined
  const host = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname
  const redirect = `http://${host}${url.port && `:${url.port}`}${callbackPath}` as 'http://127.0.0.1'
  return {
    isConfidential: false,
    metadata: buildAtprotoLoopbackClientMetadata({ scope: clientScope, redirect_uris: [redirect] }),
    lifetime: { totalDays: 14, idleDays: 14 },
  }
}

function confidentialMetadata(origin: string): OAuthClientMetadataInput {
  return {
    client_id: `${origin}${clientMetadataPath}`,
    client_name: 'OpenMeet',
    client_uri: origin,
    redirect_uris: [`${origin}${callbackPath}`],
    scope: clientScope,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'web',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    dpop_bound_access_tokens: true,
    jwks_uri: `${origin}${jwksPath}`,
  }
}
