import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDb, openTestDb } from '../../testkit/test-db.ts'
import { createApiToken, listApiTokens, revokeApiToken } from './api-token.ts'
import { authenticate } from './authenticate.ts'
import { listWebSessions, openWebSession, revokeWebSession, revokeWebSessions } from './web-session.ts'

let test_: TestDb
let ana: number
let ben: number

beforeAll(async () => {
  test_ = await openTestDb()
  const rows = await test_.db
    .insertInto('accounts')
    .values([{ email: 'ana@example.org' }, { email: 'ben@example.org' }])
    .returning('id')
    .execute()
  ;[ana, ben] = rows.map((row) => row.id) as [number, number]
})
afterAll(() => test_[Symbol.asyncDispose]())

const who = async (sessionSecret?: string, authorization?: string) =>
  (await authenticate(test_.db, { sessionSecret, authorization }))?.account.id

describe('web sessions', () => {
  test('let their browser in and nobody else, until they are revoked', async () => {
    const { secret } = await openWebSession(test_.db, ana, 'Firefox')
    expect(await who(secret)).toBe(ana)
    expect(await who(`${secret}x`)).toBeUndefined()
    expect(await who('')).toBeUndefined()
    const [session] = await listWebSessions(test_.db, ana)
    expect(session?.userAgent).toBe('Firefox')
    // Neither the listed id nor what the table holds opens anything.
    expect(await who(session?.id)).toBeUndefined()

    await revokeWebSession(test_.db, ben, session?.id ?? '')
    expect(await who(secret)).toBe(ana)
    await revokeWebSession(test_.db, ana, session?.id ?? '')
    expect(await who(secret)).toBeUndefined()
  })

  test('end everywhere at once, or everywhere else', async () => {
    const secrets = await Promise.all([1, 2, 3].map(async () => (await openWebSession(test_.db, ana, '')).secret))
    const other = (await openWebSession(test_.db, ben, '')).secret
    const here = await authenticate(test_.db, { sessionSecret: secrets[0] })
    const id = here?.via === 'session' ? here.sessionId : ''
    expect(await revokeWebSessions(test_.db, ana, id)).toBe(2)
    expect(await Promise.all(secrets.map((secret) => who(secret)))).toEqual([ana, undefined, undefined])
    expect(await revokeWebSessions(test_.db, ana)).toBe(1)
    expect(await who(other)).toBe(ben)
  })

  test('run 30 days from their last use', async () => {
    const { secret } = await openWebSession(test_.db, ana, '')
    const { db } = test_
    await db
      .updateTable('web_sessions')
      .set({ last_seen_at: new Date(Date.now() - 2 * 3600_000), expires_at: new Date(Date.now() + 60_000) })
      .execute()
    expect(await who(secret)).toBe(ana)
    const { expires_at } = await db
      .selectFrom('web_sessions')
      .select('expires_at')
      .where('account_id', '=', ana)
      .executeTakeFirstOrThrow()
    expect(expires_at.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000)
    await db
      .updateTable('web_sessions')
      .set({ expires_at: new Date(Date.now() - 1) })
      .execute()
    expect(await who(secret)).toBeUndefined()
    expect(await listWebSessions(db, ana)).toEqual([])
  })
})

describe('API tokens', () => {
  test('act for their person, show when they were used, and end', async () => {
    const { token, id } = await createApiToken(test_.db, ana, { name: ' my script ', expiresInDays: null })
    expect(token).toMatch(/^om_[\w-]{43}$/)
    expect(await authenticate(test_.db, { authorization: `Bearer ${token}` })).toMatchObject({
      via: 'token',
      account: { id: ana },
    })
    const [listed] = await listApiTokens(test_.db, ana)
    expect(listed).toMatchObject({ id, name: 'my script', hint: `om_…${token.slice(-4)}`, expiresAt: null })
    expect(listed?.lastUsedAt).toBeInstanceOf(Date)
    expect(JSON.stringify(await test_.db.selectFrom('api_tokens').selectAll().execute())).not.toContain(token)

    await revokeApiToken(test_.db, ben, id)
    expect(await who(undefined, `bearer ${token}`)).toBe(ana)
    await revokeApiToken(test_.db, ana, id)
    expect(await who(undefined, `Bearer ${token}`)).toBeUndefined()
  })

  test('that have expired or are wrong let nobody in, not even with a good cookie beside them', async () => {
    const { token } = await createApiToken(test_.db, ana, { name: 'short', expiresInDays: 1 })
    await test_.db
      .updateTable('api_tokens')
      .set({ expires_at: new Date(Date.now() - 1) })
      .execute()
    const { secret } = await openWebSession(test_.db, ben, '')
    expect(await who(secret, `Bearer ${token}`)).toBeUndefined()
    expect(await who(secret, 'Bearer om_x')).toBeUndefined()
    expect(await who(secret)).toBe(ben)
  })

  test('need a name', async () => {
    await expect(createApiToken(test_.db, ana, { name: ' ', expiresInDays: null })).rejects.toMatchObject({
      fields: [{ field: 'name' }],
    })
  })
})
