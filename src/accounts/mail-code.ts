import { randomInt, randomUUID } from 'node:crypto'
import { AppError, invalid } from '../base/errors.ts'
import { toReturnPath } from '../base/return-path.ts'
import { isSameHash } from '../base/secret-hash.ts'
import type { Db } from '../db/database.ts'
import { type RateLimit, spend } from '../db/rate-limit.ts'
import type { AccountRow } from './account.ts'
import type { AccountServices } from './account-services.ts'
import { getAccount } from './account-store.ts'
import { applyAdmins } from './admin.ts'
import { linkMail } from './link-account.ts'
import { codeMail, toEmail } from './mail-message.ts'
import { enqueueMail } from './send-mail.ts'

const minute = 60_000
const codeLifetime = 10 * minute
/** Of one code: with the limits below, ten thousand codes would have to be asked for to guess one address's with 5 %. */
const maxAttempts = 5
const perAddress: RateLimit = { points: 5, perMs: 60 * minute }
const perAddressAndDay: RateLimit = { points: 20, perMs: 24 * 60 * minute }
const perClient: RateLimit = { points: 30, perMs: 60 * minute }

export type MailCodeRequest = {
  email: string
  returnTo: string
  clientAddress: string
  /** The signed-in account that the address is to be linked to. */
  linkAccountId?: number | undefined
}

export function isMailEnabled(config: { smtpUrl?: string | undefined }): boolean {
  return config.smtpUrl !== undefined && config.smtpUrl !== ''
}

/**
 * Sends a code of six digits; the answer is the same whether the address is known or not. `id` goes into a cookie: the
 * code works only in the browser that asked. Throws AppError: field `email`, `too-many-requests`, `unavailable`.
 */
export async function requestMailCode(
  services: AccountServices,
  request: MailCodeRequest,
): Promise<{ id: string; expiresAt: Date }> {
  const { db, sealer, config } = services
  if (!isMailEnabled(config))
    throw new AppError('unavailable', 'This site cannot send mail. Sign in with your Bluesky handle instead.')
  const email = toEmail(request.email)
  if (!email) throw invalid({ field: 'email', message: 'This does not look like an e-mail address.' })
  await spend(db, `mail-code:client:${request.clientAddress}`, perClient)
  await spend(db, `mail-code:hour:${email}`, perAddress)
  await spend(db, `mail-code:day:${email}`, perAddressAndDay)

  const id = randomUUID()
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const expiresAt = new Date(Date.now() + codeLifetime)
  const row = {
    id,
    email,
    code_hash: sealer.mac(code, `mail_codes:${id}`),
    return_to: toReturnPath(request.returnTo),
    link_account_id: request.linkAccountId ?? null,
    expires_at: expiresAt,
  }
  await db.transaction().execute(async (tx) => {
    await tx.insertInto('mail_codes').values(row).execute()
    await enqueueMail(tx, services, codeMail(email, code, new URL(config.publicUrl).host))
  })
  return { id, expiresAt }
}

/** The address a code was sent to, while it can still be used. */
export async function findMailCode(
  db: Db,
  id: string,
): Promise<{ email: string; linkAccountId: number | null } | undefined> {
  if (!isUuid(id)) return undefined
  const row = await db
    .selectFrom('mail_codes')
    .select(['email', 'link_account_id'])
    .where('id', '=', id)
    .where('expires_at', '>', new Date())
    .executeTakeFirst()
  return row && { email: row.email, linkAccountId: row.link_account_id }
}

export type VerifiedMail = { account: AccountRow; isNew: boolean; returnTo: string; isLink: boolean }

/** Signs in as the address's account, made now if need be, or links the address. Throws AppError: field `code`, `gone`, `conflict`. */
export async function verifyMailCode(
  services: AccountServices,
  { id, code }: { id: string; code: string },
): Promise<VerifiedMail> {
  const { db, config } = services
  const row = await takeCode(services, id, code)
  if (row.link_account_id !== null) {
    await linkMail(db, row.link_account_id, row.email)
    return { account: await getAccount(db, row.link_account_id), isNew: false, returnTo: row.return_to, isLink: true }
  }
  const { id: accountId, isNew } = await ensureMailAccount(db, row.email)
  await applyAdmins(db, config.admins)
  return { account: await getAccount(db, accountId), isNew, returnTo: row.return_to, isLink: false }
}

/** Counts the attempt before it looks at the code, so that many guesses at once are as many attempts. A right code works once. */
async function takeCode({ db, sealer }: AccountServices, id: string, code: string) {
  const row = isUuid(id) ? await countAttempt(db, id) : undefined
  if (!row) throw new AppError('gone', 'This code is no longer good. Ask for a new one.')
  const isRight = isSameHash(row.code_hash, sealer.mac(code.replace(/\D/g, ''), `mail_codes:${id}`))
  if (!isRight) throw invalid({ field: 'code', message: wrongCode(maxAttempts - row.attempts) })
  const { numDeletedRows } = await db.deleteFrom('mail_codes').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows === 0n) throw new AppError('gone', 'This code has just been used. Ask for a new one.')
  await db.deleteFrom('mail_codes').where('email', '=', row.email).execute()
  return row
}

async function countAttempt(db: Db, id: string) {
  return db
    .updateTable('mail_codes')
    .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('attempts', '<', maxAttempts)
    .where('expires_at', '>', new Date())
    .returningAll()
    .executeTakeFirst()
}

function wrongCode(left: number): string {
  if (left <= 0) return 'That was not the code, and it was the last try. Ask for a new one.'
  return `That is not the code. ${left === 1 ? 'One try is' : `${left} tries are`} left.`
}

async function ensureMailAccount(db: Db, email: string): Promise<{ id: number; isNew: boolean }> {
  const made = await db
    .insertInto('accounts')
    .values({ email, claimed_at: new Date(), profile_due_at: null })
    .onConflict((oc) => oc.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (made) return { id: made.id, isNew: true }
  const { id } = await db.selectFrom('accounts').select('id').where('email', '=', email).executeTakeFirstOrThrow()
  return { id, isNew: false }
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
}
