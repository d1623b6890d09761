import { resolveTxt } from 'node:dns/promises'
import { isDid } from './did.ts'
import type { Fetch } from './guarded-fetch.ts'

/** What a handle points to. `unknown` is a failure of the network or of a server: it says nothing against the handle. */
export type HandleAnswer = { did: string } | 'none' | 'unknown'

export type HandleNetwork = {
  /** For hosts that strangers name. */
  fetch: Fetch
  /** For the operator's servers. */
  operatorFetch: Fetch
  /** A server to ask by com.atproto.identity.resolveHandle, as the sandbox needs; undefined: DNS and https, as the handle spec says. */
  handleResolverUrl?: string | undefined
  resolveTxt?: ((name: string) => Promise<string[][]>) | undefined
}

export async function resolveHandle(network: HandleNetwork, handle: string): Promise<HandleAnswer> {
  if (network.handleResolverUrl) return askServer(network.operatorFetch, network.handleResolverUrl, handle)
  const https = askWellKnown(network.fetch, handle)
  const dns = await askDns(network.resolveTxt ?? resolveTxt, handle)
  if (typeof dns === 'object') return dns
  const answer = await https
  if (typeof answer === 'object') return answer
  return dns === 'none' && answer === 'none' ? 'none' : 'unknown'
}

// https://atproto.com/specs/handle#dns-txt-method: several different `did=` records cancel each other.
async function askDns(resolve: (name: string) => Promise<string[][]>, handle: string): Promise<HandleAnswer> {
  try {
    const texts = (await resolve(`_atproto.${handle}`)).map((chunks) => chunks.join(''))
    const dids = new Set(texts.filter((text) => text.startsWith('did=')).map((text) => text.slice('did='.length)))
    const [did] = dids
    return dids.size === 1 && did !== undefined && isDid(did) ? { did } : 'none'
  } catch (error) {
    return ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(codeOf(error)) ? 'none' : 'unknown'
  }
}

// https://atproto.com/specs/handle#https-well-known-method
async function askWellKnown(fetch: Fetch, handle: string): Promise<HandleAnswer> {
  try {
    const response = await fetch(`https://${handle}/.well-known/atproto-did`, { redirect: 'error' })
    const text = await response.text()
    const did = text.split('\n')[0]?.trim() ?? ''
    if (response.ok && isDid(did)) return { did }
    return response.status >= 500 || response.status === 429 ? 'unknown' : 'none'
  } catch (error) {
    // No such host: a handle may live in DNS only.
    return hasCode(error, 'ENOTFOUND') ? 'none' : 'unknown'
  }
}

async function askServer(fetch: Fetch, server: string, handle: string): Promise<HandleAnswer> {
  try {
    const url = new URL('/xrpc/com.atproto.identity.resolveHandle', server)
    url.searchParams.set('handle', handle)
    const response = await fetch(url)
    const body = (await response.json()) as { did?: unknown } | null
    if (response.ok && typeof body?.did === 'string' && isDid(body.did)) return { did: body.did }
    return response.status === 400 || response.status === 404 ? 'none' : 'unknown'
  } catch {
    return 'unknown'
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code || (error instanceof Error && error.cause !== undefined && hasCode(error.cause, code))
}
