import type { FieldError } from '../../base/errors.ts'

export type ConnectionView = {
  state: 'connected' | 'needs-reconnect' | 'none'
  did: string | null
  handle: string | null
  pdsUrl: string | null
  scopes: string[]
  missingScopes: string[]
  connectedAt: Date | null
  refreshedAt: Date | null
  expiresAt: Date | null
  lastError: string | null
  /** Records of this person that wait to be written. */
  waiting: number
}

export type SessionView = { id: string; isCurrent: boolean; userAgent: string; createdAt: Date; lastSeenAt: Date }
export type TokenView = {
  id: number
  name: string
  hint: string
  createdAt: Date
  lastUsedAt: Date | null
  expiresAt: Date | null
}

export type SettingsPageView = {
  connection: ConnectionView
  email: string | null
  isListed: boolean
  /** What is typed to delete the account. */
  deletePhrase: string
  sessions: SessionView[]
  tokens: TokenView[]
  /** The token just made: shown this once. */
  newToken: string | null
  errors: FieldError[]
  /** What was typed into the form that failed, by field name. */
  values: Record<string, string>
}
