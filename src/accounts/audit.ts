import type { Db } from '../db/database.ts'

export type AuditEntry = {
  /** Who did it; null for the platform itself. */
  accountId: number | null
  action:
    | 'claim'
    | 'merge'
    | 'link-did'
    | 'link-mail'
    | 'disconnect'
    | 'unlist'
    | 'list'
    | 'export'
    | 'delete-account'
    | 'reset-session'
    | 'refresh-sessions'
    | 'replay-dead-letters'
    | 'discard-dead-letters'
    | 'grant-admin'
    | 'revoke-admin'
  /** What it was done to: a DID, an account's number. Never a mail address. */
  subject: string
  detail?: Record<string, string | number | boolean | null>
}

/** Writes down what an account did, in the transaction that does it. */
export async function audit(db: Db, { accountId, action, subject, detail = {} }: AuditEntry): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({ account_id: accountId, action, subject, detail: JSON.stringify(detail) })
    .execute()
}
