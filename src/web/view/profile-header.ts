import type { AccountRow } from '../../accounts/account.ts'
import { imagePath, toPerson } from './person-view.ts'
import type { ProfilePageView } from './profile-view.ts'

export type ProfileHeader = Omit<ProfilePageView, 'tab' | 'events' | 'nextPath' | 'isSelf' | 'publishing'>

/** All of a profile page that an account's own row says. */
export function toProfileHeader(account: AccountRow): ProfileHeader {
  const { did, banner_cid } = account
  return {
    accountId: account.id,
    person: toPerson(account),
    bio: account.bio,
    banner: did !== null && banner_cid !== null ? imagePath(did, banner_cid, 'banner') : null,
    followers: account.followers_count,
    following: account.following_count,
    blueskyUrl: did === null ? null : `https://bsky.app/profile/${account.handle ?? did}`,
    isListed: account.unlisted_at === null,
    refreshedAt: account.profile_refreshed_at,
    repoStatus: account.repo_status as ProfilePageView['repoStatus'],
  }
}
