import type { JsonObject } from '../../base/json.ts'
import { openApiDocument } from '../kernel/openapi.ts'
import { page } from '../kernel/page.ts'
import { anyone } from '../kernel/policies.ts'
import { type Route, type WebRequest, fileRoute, json, pageRoute } from '../kernel/route.ts'
import { ApiDocsPage } from '../pages/api-docs-page.tsx'

const documentRoute = fileRoute({
  method: 'GET',
  path: '/api/openapi.json',
  policy: anyone,
  isImpersonal: true,
  handle: async ({ request }) =>
    json(documentOf(request), 200, {
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    }),
})

const docsRoute = pageRoute({
  method: 'GET',
  path: '/api/docs',
  policy: anyone,
  handle: async ({ request }) => {
    const document = documentOf(request)
    return page(request, 200, (shell) => <ApiDocsPage shell={shell} document={document} />)
  },
})

/** Of each site of this process: it takes milliseconds to make, and never changes. */
const documents = new WeakMap<WebRequest['routes'], JsonObject>()

function documentOf({ routes, services }: WebRequest): JsonObject {
  const document = documents.get(routes) ?? openApiDocument(routes, services.config.publicUrl)
  documents.set(routes, document)
  return document
}

export const apiDocsRoutes: Route[] = [documentRoute, docsRoute]
