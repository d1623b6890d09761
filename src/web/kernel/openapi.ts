import { z, type ZodType } from 'zod'
import type { JsonObject } from '../../base/json.ts'
import type { Route } from './route.ts'

const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
  },
}

/** OpenAPI 3.1 of the JSON routes, from the very schemas that parse and answer. */
export function openApiDocument(routes: readonly Route[], publicUrl: string): JsonObject {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes.filter((r) => r.kind === 'api')) {
    const path = route.path.replaceAll(/:([a-zA-Z]+)(\{[^}]*\})?/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'OpenMeet',
      version: '1',
      description:
        'Events and answers that are also records in their owners’ AT Protocol repositories. Lists page by `cursor`; errors are problem+json (RFC 9457).',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token made under Settings' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: publicUrl.startsWith('https:') ? '__Host-openmeet' : 'openmeet',
        },
      },
      schemas: { Problem: problem },
    },
  }
  return document as unknown as JsonObject
}

function operation(route: Route) {
  const open = route.policy.name.startsWith('anyone')
  return {
    summary: route.summary,
    description: `Who may call: ${route.policy.name}.`,
    tags: [route.tag || 'other'],
    operationId: `${route.method.toLowerCase()}${route.path.replaceAll(/[^a-zA-Z]+(.)?/g, (_, c?: string) => c?.toUpperCase() ?? '')}`,
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } }
      : {}),
    responses: {
      [route.status]: {
        description: route.summary,
        ...(route.answer ? { content: { 'application/json': { schema: schemaOf(route.answer, 'output') } } } : {}),
      },
      default: {
        description: 'What went wrong',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    security: open ? [{}, { token: [] }, { session: [] }] : [{ token: [] }, { session: [] }],
  }
}

function schemaOf(schema: ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function pathParameters(route: Route) {
  return [...route.path.matchAll(/:([a-zA-Z]+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function queryParameters(route: Route) {
  if (!route.query) return []
  const { properties = {}, required = [] } = schemaOf(route.query, 'input') as {
    properties?: Record<string, JsonObject>
    required?: string[]
  }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
    ...(schema['description'] ? { description: schema['description'] } : {}),
  }))
}
