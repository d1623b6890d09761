import { expect, test } from 'vitest'
import { ScopeMissingError, SessionGoneError, SessionUnavailableError } from '../atproto/oauth-errors.ts'
import { toPdsError } from '../atproto/pds-error.ts'
import { UnwritableRecordError } from '../records/assert-writable.ts'
import { toWriteFailure } from './write-failure.ts'

const answered = (status: number, error?: string, headers: Record<string, string> = {}) =>
  toWriteFailure(toPdsError(new Response(null, { status, headers }), error ? { error, message: 'words' } : undefined))

test.each([
  [400, 'InvalidSwap', { kind: 'swap' }],
  [400, 'InvalidRequest', { kind: 'refused', message: 'InvalidRequest: words' }],
  [413, undefined, { kind: 'refused', message: 'HTTP 413' }],
  [401, 'AccountDeactivated', { kind: 'away' }],
  [401, 'AccountTakedown', { kind: 'away' }],
  [401, 'AuthMissing', { kind: 'reconnect' }],
  [403, 'ScopeMissingError', { kind: 'reconnect' }],
  [400, 'ExpiredToken', { kind: 'retry', of: 'record' }],
  [429, 'RateLimitExceeded', { kind: 'retry', of: 'repo' }],
  [500, 'InternalServerError', { kind: 'retry', of: 'record' }],
  [502, undefined, { kind: 'retry', of: 'host' }],
  [503, 'NotAvailable', { kind: 'retry', of: 'host' }],
])('an answer %i %s', (status, error, failure) => {
  expect(answered(status, error)).toMatchObject(failure)
})

test('a server says when it may be asked again', () => {
  const failure = answered(429, 'RateLimitExceeded', { 'retry-after': '120' })
  const retryAt = failure.kind === 'retry' ? failure.retryAt?.getTime() : undefined
  expect(Math.abs((retryAt ?? 0) - Date.now() - 120_000)).toBeLessThan(2000)
})

test('no answer is the host’s, and a mistake of ours is nobody’s', () => {
  expect(toWriteFailure(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') }))).toEqual({
    kind: 'retry',
    message: 'fetch failed: ECONNREFUSED',
    of: 'host',
  })
  const socket = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  expect(toWriteFailure(new Error('x', { cause: socket }))).toMatchObject({ of: 'host' })
  expect(toWriteFailure(new SessionUnavailableError('did:plc:x', new Error('no')))).toMatchObject({ of: 'host' })
  expect(toWriteFailure(new TypeError('x is not a function'))).toMatchObject({ kind: 'retry', of: 'record' })
})

test('what a person, or an editor, must mend', () => {
  expect(toWriteFailure(new SessionGoneError('did:plc:x'))).toMatchObject({ kind: 'reconnect' })
  expect(toWriteFailure(new ScopeMissingError('did:plc:x', ['repo:y']))).toMatchObject({ kind: 'reconnect' })
  expect(toWriteFailure(new UnwritableRecordError('name is missing'))).toEqual({
    kind: 'refused',
    message: 'name is missing',
  })
})
