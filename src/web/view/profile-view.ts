import type { EventCardView } from './event-view.ts'
import type { PersonView } from './person-view.ts'

export type ProfileTab = 'hosting' | 'going' | 'past'

export type ProfilePageView = {
  accountId: number
  person: PersonView
  bio: string
  banner: string | null
  followers: number | null
  following: number | null
  /** `https://bsky.app/profile/…`; null without a DID. */
  blueskyUrl: string | null
  refreshedAt: Date | null
  repoStatus: 'active' | 'deactivated' | 'suspended' | 'takendown' | 'deleted'
  tab: ProfileTab
  events: EventCardView[]
  nextPath: string | null
  isSelf: boolean
  /** Not where its person asked not to be: then only they see it. */
  isListed: boolean
  /** Only for the owner: how many of their records are where. */
  publishing: { synced: number; waiting: number; failed: number; needsReconnect: boolean; isConnected: boolean } | null
}

export type MyEventsTab = 'hosting' | 'going' | 'drafts' | 'past'

export type MyEventsPageView = {
  tab: MyEventsTab
  counts: Record<MyEventsTab, number | null>
  events: EventCardView[]
  nextPath: string | null
}
