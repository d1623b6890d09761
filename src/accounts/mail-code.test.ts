import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { createSealer } from '../base/seal.ts'
import type { AccountServices } from './account-services.ts'
import { findMailCode, requestMailCode, verifyMailCode } from './mail-code.ts'
import { type MailMessage, codeMail, oneLine, toEmail } from './mail-message.ts'

let test_: TestDb
let services: AccountServices
let outbox: MailMessage[]
const sealer = createSealer(randomBytes(32))

beforeAll(async () => {
  test_ = await openTestDb()
})
afterAll(() => test_[Symbol.asyncDispose]())

beforeEach(async () => {
  outbox = []
  await test_.db.deleteFrom('rate_limits').execute()
  await test_.db.deleteFrom('mail_codes').execute()
  await test_.db.deleteFrom('accounts').execute()
  services = {
    db: test_.db,
    sealer,
    metrics: { shadowAccountsClaimed: { inc() {} } } as unknown as AccountServices['metrics'],
    config: {
      admins: ['boss@example.org'],
      smtpUrl: 'smtp://127.0.0.1:1',
      mailFrom: 'OpenMeet <no-reply@example.org>',
      publicUrl: 'https://meet.example.org',
    },
    queue: {
      async enqueue(_db, _name, payload) {
        const { sealed } = payload as { sealed: string }
        outbox.push(JSON.parse(sealer.open(Buffer.from(sealed, 'base64'), 'send-mail')) as MailMessage)
      },
      async work() {},
      async schedule() {},
      async check() {},
      async [Symbol.asyncDispose]() {},
    },
  }
})

const ask = (email: string, more: { clientAddress?: string; linkAccountId?: number } = {}) =>
  requestMailCode(services, { email, returnTo: '/events/new', clientAddress: '192.0.2.1', ...more })
const lastCode = () =>
  /^(\d{3}) (\d{3})/
    .exec(outbox.at(-1)?.subject ?? '')
    ?.slice(1)
    .join('') ?? ''
const wrongCode = () => String((Number(lastCode()) + 1) % 1_000_000).padStart(6, '0')
const accounts = () => test_.db.selectFrom('accounts').select(['id', 'email', 'is_admin']).orderBy('id').execute()

describe('a mail code', () => {
  test('makes an account the first time and finds it the second; the code works once', async () => {
    const first = await ask(' Ana@Example.org ')
    expect(outbox[0]?.to).toBe('ana@example.org')
    expect(await findMailCode(test_.db, first.id)).toMatchObject({ email: 'ana@example.org' })
    const made = await verifyMailCode(services, {
      id: first.id,
      code: `${lastCode().slice(0, 3)} ${lastCode().slice(3)}`,
    })
    expect(made).toMatchObject({
      isNew: true,
      returnTo: '/events/new',
      isLink: false,
      account: { email: 'ana@example.org', is_admin: false },
    })
    await expect(verifyMailCode(services, { id: first.id, code: lastCode() })).rejects.toMatchObject({ code: 'gone' })
    const second = await ask('ana@example.org')
    expect(await verifyMailCode(services, { id: second.id, code: lastCode() })).toMatchObject({
      isNew: false,
      account: { id: made.account.id },
    })
  })

  test('is nowhere in clear, and is answered alike for known and unknown addresses', async () => {
    const known = await ask('ana@example.org')
    await verifyMailCode(services, { id: known.id, code: lastCode() })
    const [again, unknown] = [await ask('ana@example.org'), await ask('new@example.org')]
    expect(Object.keys(again)).toEqual(Object.keys(unknown))
    const stored = JSON.stringify(await test_.db.selectFrom('mail_codes').selectAll().execute())
    expect(stored).not.toContain(lastCode())
  })

  test('can be guessed five times, also all at once; then even the right one is too late', async () => {
    const { id } = await ask('ana@example.org')
    const guesses = await Promise.allSettled(
      Array.from({ length: 40 }, () => verifyMailCode(services, { id, code: wrongCode() })),
    )
    const codes = guesses.map((guess) =>
      guess.status === 'rejected' ? (guess.reason as { code: string }).code : 'let in',
    )
    expect(codes.filter((code) => code === 'invalid-input')).toHaveLength(5)
    expect(codes.filter((code) => code === 'gone')).toHaveLength(35)
    await expect(verifyMailCode(services, { id, code: lastCode() })).rejects.toMatchObject({ code: 'gone' })
    expect(await accounts()).toEqual([])
  })

  test('typed twice at once signs in once', async () => {
    const { id } = await ask('ana@example.org')
    const both = await Promise.allSettled([1, 2].map(() => verifyMailCode(services, { id, code: lastCode() })))
    expect(both.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await accounts()).toHaveLength(1)
  })

  test('works only with the id of the browser that asked, and not after ten minutes', async () => {
    await ask('ana@example.org')
    const { code_hash } = await test_.db.selectFrom('mail_codes').select('code_hash').executeTakeFirstOrThrow()
    const code = lastCode()
    const other = await ask('ben@example.org')
    // The very same code under another id is another code.
    await test_.db.updateTable('mail_codes').set({ code_hash }).where('id', '=', other.id).execute()
    await expect(verifyMailCode(services, { id: other.id, code })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(verifyMailCode(services, { id: 'not an id', code })).rejects.toMatchObject({ code: 'gone' })
    await test_.db
      .updateTable('mail_codes')
      .set({ expires_at: new Date(Date.now() - 1) })
      .execute()
    await expect(verifyMailCode(services, { id: other.id, code: lastCode() })).rejects.toMatchObject({ code: 'gone' })
    expect(await findMailCode(test_.db, other.id)).toBeUndefined()
  })

  test('is sent five times an hour to one address, thirty times for one client, and says when to come back', async () => {
    for (let i = 0; i < 5; i++) await ask('ana@example.org')
    await expect(ask('ana@example.org', { clientAddress: '192.0.2.9' })).rejects.toMatchObject({
      code: 'too-many-requests',
      retryAfterSeconds: 3600,
    })
    for (let i = 0; i < 25; i++) await ask(`guest${i}@example.org`)
    await expect(ask('one-more@example.org')).rejects.toMatchObject({ code: 'too-many-requests' })
    expect(outbox).toHaveLength(30)
  })

  test('makes an administrator of whom ADMINS names', async () => {
    const { id } = await ask('Boss@example.org')
    expect(await verifyMailCode(services, { id, code: lastCode() })).toMatchObject({ account: { is_admin: true } })
  })

  test('links the address to the account that asked, unless it is another’s', async () => {
    const { id: owner } = await test_.db
      .insertInto('accounts')
      .values({ did: 'did:plc:ewvi7nxzyoun6zhxrhs64oiz', claimed_at: new Date() })
      .returning('id')
      .executeTakeFirstOrThrow()
    const link = await ask('ana@example.org', { linkAccountId: owner })
    expect(await verifyMailCode(services, { id: link.id, code: lastCode() })).toMatchObject({
      isLink: true,
      account: { id: owner, email: 'ana@example.org' },
    })

    const other = await ask('ben@example.org')
    await verifyMailCode(services, { id: other.id, code: lastCode() })
    const taken = await ask('ben@example.org', { linkAccountId: owner })
    await expect(verifyMailCode(services, { id: taken.id, code: lastCode() })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect((await accounts()).map((account) => account.email)).toEqual(['ana@example.org', 'ben@example.org'])
  })

  test('is not offered where no mail can be sent', async () => {
    services.config.smtpUrl = undefined
    await expect(ask('ana@example.org')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('mail', () => {
  test('goes to addresses, never to what could be a second header or a second address', () => {
    const wrong = [
      '',
      'ana',
      'ana@',
      '@example.org',
      'a@b',
      'a b@example.org',
      'a@example.org\r\nBcc: x@example.org',
      'a@example.org,b@example.org',
      '"a"@example.org',
      'a@[127.0.0.1]',
      `${'a'.repeat(65)}@example.org`,
      'a@exa_mple.org',
      'a@example.org>',
    ]
    expect(wrong.filter(toEmail)).toEqual([])
    expect(toEmail(' Ana+meet@Sub.Example.ORG ')).toBe('ana+meet@sub.example.org')
  })

  test('has headers of one line and escaped HTML', () => {
    expect(oneLine('a\r\nBcc: b\u2028c\0')).toBe('a Bcc: b c')
    const message = codeMail('ana@example.org', '012345', 'meet.example.org"><script>')
    expect(message.subject).toBe('012 345 is your code for meet.example.org"><script>')
    expect(message.html).not.toContain('<script>')
    expect(message.text).toContain('012 345')
  })
})
