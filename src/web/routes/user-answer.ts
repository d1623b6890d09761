import { z } from 'zod'
import type { AccountRow } from '../../accounts/account.ts'
import { isShadow } from '../../accounts/account.ts'
import { toBlueskyProfile } from '../../accounts/bluesky-profile.ts'
import { findSessionState } from '../../atproto/oauth-session-state.ts'
import { imagePath, toPerson } from '../view/person-view.ts'
import type { WebServices } from '../web-services.ts'

const when = z.iso.datetime().nullable()

const preferencesAnswer = z.object({
  bluesky: z.object({
    connected: z.boolean(),
    did: z.string().nullable(),
    handle: z.string().nullable(),
    connectedAt: when,
  }),
})

/** The specification's BlueskyProfileData is part of it: handle, displayName, avatar, bio, counts, isVerified. */
export const userAnswer = z.object({
  id: z.number().int(),
  did: z.string().nullable().describe('Null for somebody who is not on the network'),
  handle: z.string().nullable(),
  displayName: z.string(),
  avatar: z.string().describe('URL, or empty'),
  banner: z.string().describe('URL, or empty'),
  bio: z.string(),
  followersCount: z.number().int(),
  followingCount: z.number().int(),
  isVerified: z.boolean().describe('The handle points to the DID and the DID to the handle'),
  isShadow: z.boolean().describe('Seen on the network, never signed in here'),
  repoStatus: z.enum(['active', 'deactivated', 'suspended', 'takendown', 'deleted']),
  refreshedAt: when.describe('When the profile was last read from the network'),
  url: z.url(),
  preferences: preferencesAnswer.optional().describe('Only of oneself'),
})

export const meAnswer = userAnswer.extend({
  preferences: preferencesAnswer,
  email: z.string().nullable(),
  isAdmin: z.boolean(),
})

type UserAnswer = z.infer<typeof userAnswer>

/** An account as anybody may see it. */
export function toUserAnswer(account: AccountRow, publicUrl: string): UserAnswer {
  const { did, banner_cid } = account
  const profile = toBlueskyProfile(account, (did, cid) => `${publicUrl}${imagePath(did, cid, 'avatar')}`)
  return {
    id: account.id,
    did,
    displayName: account.display_name,
    avatar: '',
    banner: did !== null && banner_cid !== null ? `${publicUrl}${imagePath(did, banner_cid, 'banner')}` : '',
    bio: account.bio,
    followersCount: 0,
    followingCount: 0,
    isVerified: false,
    ...profile,
    handle: account.handle,
    isShadow: isShadow(account),
    repoStatus: account.repo_status as UserAnswer['repoStatus'],
    refreshedAt: account.profile_refreshed_at?.toISOString() ?? null,
    url: `${publicUrl}${toPerson(account).path}`,
  }
}

/** The same account as its own person sees it. */
export async function toMeAnswer({ db, config }: WebServices, account: AccountRow): Promise<z.infer<typeof meAnswer>> {
  const session = account.did === null ? undefined : await findSessionState(db, account.did)
  const connected = session?.state === 'connected'
  return {
    ...toUserAnswer(account, config.publicUrl),
    preferences: {
      bluesky: {
        connected,
        did: account.did,
        handle: account.handle,
        connectedAt: session?.connectedAt.toISOString() ?? null,
      },
    },
    email: account.email,
    isAdmin: account.is_admin,
  }
}
