import { isDid } from '../../atproto/did.ts'
import { AppError } from '../../base/errors.ts'
import { isBlobCid, isImageVariant } from '../../media/image-variant.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, fileRoute } from '../kernel/route.ts'

/** Under a CID there is always the same picture. */
const forEver = 'public, max-age=31536000, immutable'

const imageRoute = fileRoute({
  method: 'GET',
  path: '/img/:did/:cid/:variant',
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request }) => {
    const { did = '', cid = '', variant = '' } = request.params
    const owner = did === '-' ? null : did
    const isKnownShape = (owner === null || isDid(owner)) && isBlobCid(cid) && isImageVariant(variant)
    if (!isKnownShape) throw new AppError('not-found', 'There is no such picture.')
    const etag = `"${cid}-${variant}"`
    const headers = { etag, 'cache-control': forEver, 'cross-origin-resource-policy': 'cross-origin' }
    if (request.http.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers })
    const image = await request.services.images.find({ did: owner, cid, variant })
    if (!image) throw new AppError('not-found', 'This picture cannot be had just now.')
    return new Response(new Uint8Array(image.bytes), { headers: { ...headers, 'content-type': image.mimeType } })
  },
})

export const imageRoutes: Route[] = [imageRoute]
