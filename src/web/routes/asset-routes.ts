import { AppError } from '../../base/errors.ts'
import { anyone } from '../kernel/policies.ts'
import { type Call, type Route, fileRoute } from '../kernel/route.ts'
import { t } from '../messages.ts'

type AnyCall = Call<unknown, unknown, unknown>

async function serveAsset({ request }: AnyCall): Promise<Response> {
  const asset = request.services.assets.find(request.url.pathname)
  if (!asset) throw new AppError('not-found', 'There is no such file.')
  const headers = { 'content-type': asset.type, 'cache-control': asset.cacheControl, etag: asset.etag }
  if (request.http.req.header('if-none-match') === asset.etag) return new Response(null, { status: 304, headers })
  return new Response(asset.body, { headers })
}

const assetRoute = fileRoute({
  method: 'GET',
  path: '/assets/:file',
  policy: anyone,
  isImpersonal: true,
  handle: serveAsset,
})
const faviconRoute = fileRoute({
  method: 'GET',
  path: '/favicon.svg',
  policy: anyone,
  isImpersonal: true,
  handle: serveAsset,
})

/** Browsers that look for the old name. */
const oldFaviconRoute = fileRoute({
  method: 'GET',
  path: '/favicon.ico',
  policy: anyone,
  isImpersonal: true,
  handle: async () =>
    new Response(null, {
      status: 301,
      headers: { location: '/favicon.svg', 'cache-control': 'public, max-age=86400' },
    }),
})

const robotsRoute = fileRoute({
  method: 'GET',
  path: '/robots.txt',
  policy: anyone,
  isImpersonal: true,
  handle: async () => {
    const personal = ['/api/', '/live', '/me/', '/settings', '/sign-in', '/oauth/']
    const text = `User-agent: *\n${personal.map((path) => `Disallow: ${path}\n`).join('')}`
    return publicFile(text, 'text/plain; charset=utf-8')
  },
})

const manifestRoute = fileRoute({
  method: 'GET',
  path: '/manifest.webmanifest',
  policy: anyone,
  isImpersonal: true,
  handle: async () => {
    const manifest = {
      name: t.shell.site,
      short_name: t.shell.site,
      description: t.shell.footer,
      start_url: '/',
      display: 'minimal-ui',
      icons: [{ src: '/favicon.svg', type: 'image/svg+xml', sizes: 'any' }],
    }
    return publicFile(JSON.stringify(manifest), 'application/manifest+json; charset=utf-8')
  },
})

function publicFile(text: string, type: string): Response {
  return new Response(text, { headers: { 'content-type': type, 'cache-control': 'public, max-age=86400' } })
}

export const assetRoutes: Route[] = [assetRoute, faviconRoute, oldFaviconRoute, robotsRoute, manifestRoute]
