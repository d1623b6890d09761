import { openApiDocument } from '../kernel/openapi.ts'
import { page } from '../kernel/page.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, fileRoute, json, pageRoute } from '../kernel/route.ts'
import { ApiDocsPage } from '../pages/api-docs-page.tsx'

const documentRoute = fileRoute({
  method: 'GET',
  path: '/api/openapi.json',
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request: { routes, services } }) =>
    json(openApiDocument(routes, services.config.publicUrl), 200, {
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    }),
})

const docsRoute = pageRoute({
  method: 'GET',
  path: '/api/docs',
  policy: anyone,
  handle: async ({ request }) => {
    const document = openApiDocument(request.routes, request.services.config.publicUrl)
    return page(request, 200, (shell) => <ApiDocsPage shell={shell} document={document} />)
  },
})

export const apiDocsRoutes: Route[] = [documentRoute, docsRoute]
