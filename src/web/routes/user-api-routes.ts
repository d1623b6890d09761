import { z } from 'zod'
import { getAccount } from '../../accounts/account-store.ts'
import type { AccountRow } from '../../accounts/account.ts'
import { readClaimSummary } from '../../accounts/claim-summary.ts'
import { linkDid } from '../../accounts/link-account.ts'
import { refreshProfile } from '../../accounts/refresh-profile.ts'
import { AppError } from '../../base/errors.ts'
import { spend } from '../../db/rate-limit.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import { anyone, getViewer, signedIn } from '../kernel/policies.ts'
import { type Policy, type Route, type WebRequest, apiRoute, json, pageRoute } from '../kernel/route.ts'
import { getNamedPerson } from './named-person.ts'
import { meAnswer, toMeAnswer, toUserAnswer, userAnswer } from './user-answer.ts'

const tag = 'people'

const meRoute = apiRoute({
  method: 'GET',
  path: '/api/me',
  policy: signedIn,
  summary: 'Who I am here',
  tag,
  answer: meAnswer,
  handle: async ({ request, subject }) => json(await toMeAnswer(request.services, subject)),
})

const userRoute = apiRoute({
  method: 'GET',
  path: '/api/users/:handleOrDid',
  policy: anyone,
  summary: 'A person, by handle, DID or number',
  tag,
  answer: userAnswer,
  handle: async ({ request }) => {
    const account = await getNamedPerson(request, 'handleOrDid')
    return json(await answerFor(request, account))
  },
})

const refreshProfileRoute = apiRoute({
  method: 'POST',
  path: '/api/users/:id/refresh-profile',
  policy: signedIn,
  summary: 'Read a person’s profile from the network now',
  tag,
  perMinute: 30,
  answer: userAnswer.extend({ refreshed: z.boolean().describe('False where their server could not be read') }),
  handle: async ({ request }) => {
    const account = await getNamedPerson(request, 'id')
    const refreshed = await refreshNow(request, account)
    const fresh = await getAccount(request.services.db, account.id)
    return json({ ...(await answerFor(request, fresh)), refreshed })
  },
})

/** The page of a profile has a button for its own person. */
const self: Policy<AccountRow> = {
  name: 'the person themselves',
  async admit(request) {
    const { account } = getViewer(request)
    const named = await getNamedPerson(request, 'handleOrDid')
    if (named.id === account.id) return account
    throw new AppError('not-allowed', 'Only the person themselves may do this.')
  },
}

const refreshOwnRoute = pageRoute({
  method: 'POST',
  path: '/u/:handleOrDid/refresh',
  policy: self,
  perMinute: 10,
  handle: async ({ request, subject }) => {
    const isRead = await refreshNow(request, subject)
    const path = request.url.pathname.replace(/\/refresh$/, '')
    return seeOtherWithFlash(request, path, isRead ? 'profile-refreshed' : 'profile-unreachable')
  },
})

const claimAccountRoute = apiRoute({
  method: 'POST',
  path: '/api/auth/bluesky/claim-account',
  policy: signedIn,
  summary: 'Make mine what the network knows of my DID',
  tag,
  answer: z.object({
    account: meAnswer,
    claimedAt: z.iso.datetime().nullable(),
    moved: z.object({ events: z.number().int(), rsvps: z.number().int() }).describe('From the network, now mine'),
  }),
  handle: async ({ request, subject }) => {
    const { services } = request
    // Only a DID that this account has proved to own by signing in at its PDS; never one that a request names.
    if (subject.did === null)
      throw new AppError(
        'needs-reconnect',
        'Connect your Bluesky account first, under Settings: that proves it is yours.',
      )
    await linkDid(services, subject.id, subject.did)
    const { claimedAt, events, answers } = await readClaimSummary(services.db, subject.id)
    const account = await toMeAnswer(services, await getAccount(services.db, subject.id))
    return json({ account, claimedAt: claimedAt?.toISOString() ?? null, moved: { events, rsvps: answers } })
  },
})

async function answerFor(request: WebRequest, account: AccountRow) {
  const user = toUserAnswer(account, request.services.config.publicUrl)
  if (request.viewer?.account.id !== account.id) return user
  const { preferences } = await toMeAnswer(request.services, account)
  return { ...user, preferences }
}

/** False where it could not be read. Throws AppError where there is nothing to read, or it was read just now. */
async function refreshNow({ services }: WebRequest, { did }: AccountRow): Promise<boolean> {
  if (did === null) throw new AppError('conflict', 'This person is not on the network: there is nothing to read.')
  await spend(services.db, `refresh-profile:${did}`, { points: 5, perMs: 60_000 })
  return refreshProfile(services.profiles, did, { fresh: true })
}

export const userRoutes: Route[] = [meRoute, userRoute, refreshProfileRoute, refreshOwnRoute, claimAccountRoute]
