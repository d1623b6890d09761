import { z } from 'zod'
import type { Fetch } from '../atproto/guarded-fetch.ts'

/** What a person's own record says of them; empty where they have none. Lexicon app.bsky.actor.profile. */
export type ProfileRecord = { displayName: string; bio: string; avatarCid: string | null; bannerCid: string | null }
export type ProfileCounts = { followers: number; following: number }

const emptyProfile: ProfileRecord = { displayName: '', bio: '', avatarCid: null, bannerCid: null }
const blob = z
  .object({ ref: z.object({ $link: z.string().regex(/^[a-zA-Z0-9]{1,200}$/) }) })
  .transform((value) => value.ref.$link)
const text = (max: number) =>
  z
    .string()
    .transform((value) => clean(value, max))
    .catch('')

const profileRecord = z.object({
  displayName: text(640),
  description: text(2560),
  avatar: blob.nullable().catch(null).default(null),
  banner: blob.nullable().catch(null).default(null),
})

const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)
const profileView = z.object({ followersCount: count, followsCount: count })

/** Reads the profile record from the person's PDS. Undefined where it could not be read: that says nothing of the profile. */
export async function readProfileRecord(fetch: Fetch, pdsUrl: string, did: string): Promise<ProfileRecord | undefined> {
  const url = new URL('/xrpc/com.atproto.repo.getRecord', pdsUrl)
  url.search = String(new URLSearchParams({ repo: did, collection: 'app.bsky.actor.profile', rkey: 'self' }))
  const answer = await getJson(fetch, url)
  if (!answer) return undefined
  if (answer.status === 400 && isRecordNotFound(answer.body)) return emptyProfile
  const { data } = z.object({ value: profileRecord }).safeParse(answer.body)
  if (answer.status !== 200 || !data) return undefined
  const { displayName, description, avatar, banner } = data.value
  return { displayName, bio: description, avatarCid: avatar, bannerCid: banner }
}

/** Followers and following, which no record holds: an AppView counts them. Undefined where it could not be asked. */
export async function readProfileCounts(
  fetch: Fetch,
  appviewUrl: string,
  did: string,
): Promise<ProfileCounts | undefined> {
  const url = new URL('/xrpc/app.bsky.actor.getProfile', appviewUrl)
  url.search = String(new URLSearchParams({ actor: did }))
  const answer = await getJson(fetch, url)
  const { data } = profileView.safeParse(answer?.body)
  return answer?.status === 200 && data ? { followers: data.followersCount, following: data.followsCount } : undefined
}

async function getJson(fetch: Fetch, url: URL): Promise<{ status: number; body: unknown } | undefined> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' } })
    return { status: response.status, body: await response.json() }
  } catch {
    return undefined
  }
}

function isRecordNotFound(body: unknown): boolean {
  return z.object({ error: z.literal('RecordNotFound') }).safeParse(body).success
}

/** Postgres takes no NUL, and half a surrogate pair is no text. */
function clean(value: string, max: number): string {
  return value.replaceAll('\0', '').slice(0, max).toWellFormed().trim()
}
