import type { AccountRow } from '../../accounts/account.ts'
import { openWebSession, revokeWebSession } from '../../accounts/web-session.ts'
import { cookieHeader } from '../kernel/cookies.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import type { WebRequest } from '../kernel/route.ts'
import type { FlashCode } from '../messages.ts'
import { forgetCarriedAnswer, giveCarriedAnswer } from './carried-answer.ts'

/** As long as browsers keep a cookie. The session itself ends after 30 days without use: that the database says. */
const cookieSeconds = 400 * 24 * 3600

/** Signs this browser in, in place of whoever was, and gives the answer that was chosen before. */
export async function enterSite(
  request: WebRequest,
  account: AccountRow,
  path: string,
  flash: FlashCode,
): Promise<Response> {
  const { db } = request.services
  if (request.viewer?.via === 'session') await revokeWebSession(db, request.viewer.account.id, request.viewer.sessionId)
  const { secret } = await openWebSession(db, account.id, request.http.req.header('user-agent') ?? '')
  const answered = await giveCarriedAnswer(request, account, path)
  const response = seeOtherWithFlash(request, path, answered ?? flash)
  response.headers.append('set-cookie', cookieHeader(request, 'openmeet', secret, cookieSeconds))
  forgetCarriedAnswer(request, response)
  return response
}

/** Takes the cookie back from this browser. */
export function forgetBrowser(request: WebRequest, response: Response): Response {
  response.headers.append('set-cookie', cookieHeader(request, 'openmeet', '', 0))
  return response
}
