import type { AccountRow } from './account.ts'

/** The specification's view of a person's profile on the network; field names are literal. */
export type BlueskyProfileData = {
  handle: string
  displayName: string
  avatar: string
  bio: string
  followersCount: number
  followingCount: number
  /** The handle points to the DID and the DID to the handle. */
  isVerified: boolean
}

/** Null for somebody who is not on the network. `avatarUrl` makes the address of a picture. */
export function toBlueskyProfile(
  account: AccountRow,
  avatarUrl: (did: string, cid: string) => string,
): BlueskyProfileData | null {
  if (account.did === null) return null
  return {
    handle: account.handle ?? 'handle.invalid',
    displayName: account.display_name,
    avatar: account.avatar_cid ? avatarUrl(account.did, account.avatar_cid) : '',
    bio: account.bio,
    followersCount: account.followers_count ?? 0,
    followingCount: account.following_count ?? 0,
    // A handle is stored only after it was checked both ways.
    isVerified: account.handle !== null,
  }
}
