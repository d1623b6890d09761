const plc = /^did:plc:[a-z2-7]{24}$/
const web = /^did:web:([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?:%3A\d{1,5})?)$/i
const handle = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/

/** A DID of the two methods that atproto knows: did:plc, and did:web without a path. */
export function isDid(text: string): boolean {
  return text.length <= 2048 && (plc.test(text) || web.test(text))
}

/** The host (and port) of a did:web, or undefined where the DID is no did:web. */
export function didWebHost(did: string): string | undefined {
  return web.exec(did)?.[1]?.replace(/%3A/i, ':')
}

/** The handle in its normal form (lower case, without `@`), or undefined where the text is none (handle spec). */
export function toHandle(text: string): string | undefined {
  const normal = text.replace(/^@/, '').toLowerCase()
  return normal.length <= 253 && handle.test(normal) ? normal : undefined
}
