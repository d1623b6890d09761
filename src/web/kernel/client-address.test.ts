import { expect, it } from 'vitest'
import { readClientAddress } from './client-address.ts'

const read = (remoteAddress: string, headers: Record<string, string> = {}) =>
  readClientAddress(new Headers(headers), { incoming: { socket: { remoteAddress } } })

it('believes the connection, and a proxy that is near', () => {
  expect(read('203.0.113.9')).toEqual({ key: '203.0.113.9', isNear: false })
  expect(read('127.0.0.1')).toEqual({ key: '127.0.0.1', isNear: true })
  expect(read('::ffff:10.0.0.3')).toEqual({ key: '10.0.0.3', isNear: true })
  expect(read('10.0.0.3', { 'x-forwarded-for': '203.0.113.9' })).toEqual({ key: '203.0.113.9', isNear: false })
})

it('believes nothing that a client can say of itself', () => {
  expect(read('203.0.113.9', { 'x-forwarded-for': '127.0.0.1' })).toEqual({ key: '203.0.113.9', isNear: false })
  const spoofed = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.7' }
  expect(read('127.0.0.1', spoofed)).toEqual({ key: '203.0.113.9', isNear: false })
  expect(read('127.0.0.1', { 'x-forwarded-for': 'x, ::1' })).toEqual({ key: '127.0.0.1', isNear: false })
  expect(read('')).toEqual({ key: 'unknown', isNear: false })
})

it('counts an IPv6 network as one client', () => {
  const keys = ['2001:db8:1:2::5', '2001:DB8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2:0:0:0:1'].map((ip) => read(ip).key)
  expect(new Set(keys)).toEqual(new Set(['2001:db8:1:2::/64']))
  expect(read('2001:db8::1').key).toBe('2001:db8:0:0::/64')
})
