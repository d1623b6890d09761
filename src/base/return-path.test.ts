import { expect, test } from 'vitest'
import { toReturnPath } from './return-path.ts'

test('a return path stays on this site', () => {
  expect(['/', '/events/new?x=1#top', '/a/../b', '/ü'].map(toReturnPath)).toEqual([
    '/',
    '/events/new?x=1#top',
    '/b',
    '/%C3%BC',
  ])
  const elsewhere = [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '',
    null,
    undefined,
    `/${'a'.repeat(3000)}`,
  ]
  expect(elsewhere.map(toReturnPath).filter((path) => path !== '/')).toEqual([])
})
