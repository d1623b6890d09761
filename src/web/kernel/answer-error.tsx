import type { AppError } from '../../base/errors.ts'
import { ErrorPage } from '../pages/error-page.tsx'
import { pageIn } from './page.ts'
import { problemResponse, toAppError } from './problem.ts'
import { buildPlainShell, buildShell } from './request-shell.ts'
import { type Route, type WebRequest, seeOther } from './route.ts'

/** What somebody gets who could not get what they asked for: a page, problem+json or a line of text. */
export async function answerError(request: WebRequest, kind: Route['kind'], thrown: unknown): Promise<Response> {
  const error = toAppError(thrown)
  if (kind === 'api') return problemResponse(error, request.requestId)
  if (kind === 'file') return textResponse(error)
  if (error?.code === 'not-signed-in' && isNavigation(request)) return seeOther(signInPath(request))
  return errorPage(request, error)
}

async function errorPage(request: WebRequest, error: AppError | undefined): Promise<Response> {
  const status = error?.status ?? 500
  const retryAfterSeconds = error?.retryAfterSeconds ?? null
  const view = { status, detail: error?.message ?? null, requestId: request.requestId, retryAfterSeconds }
  // The database may be what failed.
  const shell = await buildShell(request).catch(() => buildPlainShell(request))
  return pageIn(request, status, <ErrorPage shell={shell} view={view} />, { headers: retryHeaders(error) })
}

function textResponse(error: AppError | undefined): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', ...retryHeaders(error) }
  return new Response(`${error?.message ?? 'Something went wrong on our side.'}\n`, {
    status: error?.status ?? 500,
    headers,
  })
}

function retryHeaders(error: AppError | undefined): Record<string, string> {
  const seconds = error?.retryAfterSeconds
  return seconds === undefined ? {} : { 'retry-after': String(Math.ceil(seconds)) }
}

/** Our script asks by fetch, and wants to know that the session is over. */
function isNavigation({ http }: WebRequest): boolean {
  return http.req.raw.method === 'GET' && (http.req.header('sec-fetch-mode') ?? 'navigate') === 'navigate'
}

function signInPath({ url }: WebRequest): string {
  return `/sign-in?return_to=${encodeURIComponent(url.pathname + url.search)}`
}
