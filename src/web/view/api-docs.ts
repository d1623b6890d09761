import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts'

export type ApiOperation = {
  id: string
  method: string
  path: string
  summary: string
  description: string
  parameters: { name: string; in: string; type: string; isRequired: boolean; description: string }[]
  body: string | null
  answer: string | null
}

export type ApiGroup = { tag: string; operations: ApiOperation[] }

const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {})
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** An OpenAPI 3.1 document as pages can show it: operations by tag, schemas as short types. */
export function readApiDocument(document: JsonObject): ApiGroup[] {
  const groups = new Map<string, ApiOperation[]>()
  for (const [path, item] of Object.entries(object(document['paths']))) {
    for (const [method, operation] of Object.entries(object(item))) {
      const tags = object(operation)['tags']
      const tag = (Array.isArray(tags) ? text(tags[0]) : '') || 'other'
      groups.set(tag, [...(groups.get(tag) ?? []), readOperation(path, method, object(operation))])
    }
  }
  return [...groups].map(([tag, operations]) => ({ tag, operations }))
}

function readOperation(path: string, method: string, operation: JsonObject): ApiOperation {
  const answers = Object.entries(object(operation['responses'])).find(([status]) => status.startsWith('2'))
  const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].map(object) : []
  return {
    id: text(operation['operationId']) || `${method}${path}`,
    method: method.toUpperCase(),
    path,
    summary: text(operation['summary']),
    description: text(operation['description']),
    parameters: parameters.map((parameter) => ({
      name: text(parameter['name']),
      in: text(parameter['in']),
      type: shapeOf(object(parameter['schema'])),
      isRequired: parameter['required'] === true,
      description: text(parameter['description']),
    })),
    body: contentShape(object(operation['requestBody'])),
    answer: answers ? contentShape(object(answers[1])) : null,
  }
}

function contentShape(holder: JsonObject): string | null {
  const schema = object(object(holder['content'])['application/json'])['schema']
  return schema === undefined ? null : shapeOf(object(schema))
}

/** A JSON schema as a short type, the way TypeScript would say it. */
function shapeOf(schema: JsonObject, depth = 0): string {
  if (text(schema['$ref'])) return text(schema['$ref']).split('/').at(-1) ?? ''
  const choices = [schema['anyOf'], schema['oneOf'], schema['allOf']].find((list) => Array.isArray(list))
  if (Array.isArray(choices)) return [...new Set(choices.map((choice) => shapeOf(object(choice), depth)))].join(' | ')
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ')
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (schema['type'] === 'array') return `${shapeOf(object(schema['items']), depth)}[]`
  if (schema['type'] === 'object' && 'properties' in schema) return objectShape(schema, depth)
  const types = Array.isArray(schema['type']) ? schema['type'].map(String) : [text(schema['type']) || 'any']
  return types.join(' | ')
}

function objectShape(schema: JsonObject, depth: number): string {
  if (depth > 4) return '{ … }'
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const indent = '  '.repeat(depth + 1)
  const lines = Object.entries(object(schema['properties'])).map(
    ([name, property]) =>
      `${indent}${name}${required.includes(name) ? '' : '?'}: ${shapeOf(object(property), depth + 1)}`,
  )
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`
}
