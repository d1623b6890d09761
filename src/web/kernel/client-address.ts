import { BlockList, isIP } from 'node:net'

/** What the adapter hands over beside a request; missing where the app is called in process. */
export type ClientBindings = { incoming?: { socket: { remoteAddress?: string | undefined } } }

export type ClientAddress = {
  /** What limits are counted by: an IPv4 address, or the first half of an IPv6 address, which is what one customer has. */
  key: string
  /** The connection comes from this machine or its private network, and no proxy has handed it on. */
  isNear: boolean
}

const near = new BlockList()
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  near.addSubnet(net, bits, 'ipv4')
near.addAddress('::1', 'ipv6')
near.addSubnet('fc00::', 7, 'ipv6')
near.addSubnet('fe80::', 10, 'ipv6')

const proxyHeaders = ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']

/**
 * The peer of the connection; where that is near, it may be our reverse proxy, and the last address in X-Forwarded-For
 * that is not near counts: what stands before it is only what the client says of itself.
 */
export function readClientAddress(headers: Headers, bindings: ClientBindings | undefined): ClientAddress {
  const peer = plain(bindings?.incoming?.socket.remoteAddress ?? '')
  if (!isNearAddress(peer)) return { key: toKey(peer), isNear: false }
  const forwarded = (headers.get('x-forwarded-for') ?? '').split(',').map((text) => plain(text.trim()))
  const client = forwarded.findLast((address) => isIP(address) !== 0 && !isNearAddress(address))
  return { key: toKey(client ?? peer), isNear: !proxyHeaders.some((name) => headers.has(name)) }
}

function isNearAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && near.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}

function toKey(address: string): string {
  if (isIP(address) !== 6) return address || 'unknown'
  const [head = '', tail] = address.toLowerCase().split('::', 2)
  const groups = head.split(':').filter(Boolean)
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...(tail ?? '').split(':')]
  return `${all.slice(0, 4).join(':')}::/64`
}
