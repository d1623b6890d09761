import { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import type { Route } from './route.ts'
import { assertStorable } from './storable-text.ts'

/** The body of a form whose route reads the fields itself: pictures, lists, whatever a plain schema does not say. */
export const formBody = z.instanceof(FormData)

/** What the route's schema makes of the body. Throws AppError, or ZodError. */
export async function readBody(request: Request, route: Route): Promise<unknown> {
  if (!route.body) return undefined
  const bytes = await readBytes(request, route.maxBodyBytes)
  if (route.kind === 'api') return route.body.parse(parseJson(request, bytes))
  const form = await parseForm(request, bytes)
  const fields = formFields(form)
  assertStorable(fields)
  return route.body.parse(route.body === formBody ? form : fields)
}

/** The bytes of one file: the whole body, or the field of a form. Throws AppError. */
export async function readUpload(
  request: Request,
  { max, field }: { max: number; field: string },
): Promise<Uint8Array> {
  const bytes = await readBytes(request, max)
  if (mediaType(request) !== 'multipart/form-data') return bytes
  const file = (await parseForm(request, bytes)).get(field)
  if (file instanceof File) return file.bytes()
  throw new AppError('malformed', `The form has no file called "${field}".`)
}

/** Counts as it reads: what the client says of the length may be wrong, or missing. */
async function readBytes(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > max) throw tooLarge(max)
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  // Leaving the loop ends the stream: the rest is not read.
  for await (const chunk of request.body) {
    size += chunk.length
    if (size > max) throw tooLarge(max)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

function tooLarge(max: number): AppError {
  const limit = max < 1024 * 1024 ? `${Math.floor(max / 1024)} KB` : `${Math.floor(max / 1024 / 1024)} MB`
  return new AppError('too-large', `The body is larger than the ${limit} this address takes.`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parseJson(request: Request, bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  const type = mediaType(request)
  if (type !== 'application/json' && !type.endsWith('+json'))
    throw new AppError('unsupported-media', 'Send JSON, with the header "Content-Type: application/json".')
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    assertStorable(value)
    return value
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('malformed', `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`)
  }
}

async function parseForm(request: Request, bytes: Uint8Array<ArrayBuffer>): Promise<FormData> {
  if (bytes.length === 0) return new FormData()
  const type = mediaType(request)
  if (type !== 'application/x-www-form-urlencoded' && type !== 'multipart/form-data')
    throw new AppError('unsupported-media', 'This address takes forms. Programs find the JSON API at /api/docs.')
  const headers = { 'content-type': request.headers.get('content-type') ?? '' }
  return new Response(bytes, { headers }).formData().catch((cause: unknown) => {
    throw new AppError('malformed', 'The form was damaged on the way. Send it again.', { cause })
  })
}

function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

/** A field by its name; those that come several times as a list. */
function formFields(form: FormData): Record<string, unknown> {
  return Object.fromEntries(
    Array.from(new Set(form.keys()), (name) => {
      const values = form.getAll(name)
      return [name, values.length === 1 ? values[0] : values]
    }),
  )
}

/** What the route's schema makes of the query; of a name that comes several times it is given the list. */
export function readQuery(url: URL, route: Route): unknown {
  assertStorable([...url.searchParams].flat(), '(query)')
  if (!route.query) return undefined
  const names = new Set(url.searchParams.keys())
  return route.query.parse(
    Object.fromEntries(
      Array.from(names, (name) => {
        const values = url.searchParams.getAll(name)
        return [name, values.length === 1 ? values[0] : values]
      }),
    ),
  )
}
