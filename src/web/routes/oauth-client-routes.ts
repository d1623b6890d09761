import { clientMetadataPath, jwksPath } from '../../atproto/oauth-client-metadata.ts'
import { AppError } from '../../base/errors.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, fileRoute, json } from '../kernel/route.ts'

/** Authorization servers read these: who we are, and the keys we prove it with. */
const headers = { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' }

const metadataRoute = fileRoute({
  method: 'GET',
  path: clientMetadataPath,
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request }) => {
    const metadata = request.services.oauth.clientMetadata()
    if (!metadata) throw new AppError('not-found', 'A site that is not on https has no client metadata.')
    return json(metadata, 200, headers)
  },
})

const jwksRoute = fileRoute({
  method: 'GET',
  path: jwksPath,
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request }) => json(await request.services.oauth.jwks(), 200, headers),
})

export const oauthClientRoutes: Route[] = [metadataRoute, jwksRoute]
