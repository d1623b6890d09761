import { expect, test } from 'vitest'
import { type LogLevel, createLog } from './log.ts'

function capture(options: { level?: LogLevel; isTTY?: boolean } = {}) {
  const lines: string[] = []
  const stream = { write: (text: string) => lines.push(text), isTTY: options.isTTY ?? false }
  const log = createLog({ level: options.level ?? 'debug', stream })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> }
}

test('a line is one JSON document with time, level, message and fields', () => {
  const { log, lines, last } = capture()
  log.child({ role: 'web' }).info('listening\nhere', { port: 3000 })
  expect(lines.join('').split('\n')).toHaveLength(2)
  expect(last()).toEqual({
    time: expect.any(String),
    level: 'info',
    message: 'listening\nhere',
    role: 'web',
    port: 3000,
  })
})

test('levels below the chosen one are silent', () => {
  const { log, lines } = capture({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['c', 'd'])
})

test('secrets are masked wherever they lie', () => {
  const { log, lines } = capture()
  log.info('connect to postgres://me:hunter2@host/db with Bearer abcdefghijkl', {
    headers: { Authorization: 'DPoP hunter2', cookie: 'a=hunter2', 'set-cookie': ['hunter2'] },
    list: [{ accessToken: 'hunter2', refresh_token: 'hunter2' }],
    password: 'hunter2',
    dpopJwk: { d: 'hunter2' },
    error: Object.assign(new Error('https://me:hunter2@host', { cause: new Error('Basic hunter2hunter2') }), {
      request: { headers: 'hunter2' },
    }),
  })
  expect(lines.join('')).not.toContain('hunter2')
  expect(lines.join('')).toContain('postgres://me:***@host/db')
})

test('errors keep name, message, code and cause', () => {
  const { log, last } = capture()
  log.error('failed', { error: Object.assign(new TypeError('no', { cause: 'why' }), { code: 'E1' }) })
  expect(last()['error']).toMatchObject({ name: 'TypeError', message: 'no', code: 'E1', cause: 'why' })
})

test('no value breaks a line: circles, bigints, own __proto__, fields named like the line', () => {
  const { log, lines, last } = capture()
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  log.info('odd', { circle, big: 1n, bytes: new Uint8Array(3), level: 'error', ...JSON.parse('{"x":{"__proto__":1}}') })
  expect(last()).toMatchObject({ level: 'info', big: '1', bytes: '[3 bytes]' })
  expect(lines[0]).toContain('{"__proto__":1}')
})

test('a terminal shows one coloured line, and text from outside cannot move its cursor', () => {
  const { log, lines } = capture({ isTTY: true })
  log.warn('made \x1b[2J up', { name: 'a\nb', n: 1 })
  const line = lines.join('')
  expect(line).toContain('made \\u001b[2J up')
  expect(line).toContain('a\\nb')
  expect(line.trimEnd().split('\n')).toHaveLength(1)
})
