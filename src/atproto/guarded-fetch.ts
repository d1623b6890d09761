import { safeFetchWrap } from '@atproto-labs/fetch-node'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>
export type FetchLimits = { maxBytes?: number; timeoutMs?: number }

/**
 * The one fetch for URLs that a stranger can influence (PDS, did:web, handle, picture, webhook): https on port 443 only,
 * no private address at any redirect hop, sizes and times limited. `allowPrivateNetwork` (development) allows http and
 * private addresses; the limits stay. Make one per kind of use: each holds its own connections.
 */
export function createGuardedFetch(
  { allowPrivateNetwork }: { allowPrivateNetwork: boolean },
  { maxBytes = 1024 * 1024, timeoutMs = 10_000 }: FetchLimits = {},
): Fetch {
  return safeFetchWrap({
    ssrfProtection: !allowPrivateNetwork,
    responseMaxSize: maxBytes,
    timeout: timeoutMs,
    // The OAuth client hands over Request objects, whose redirect mode cannot be told from the default.
    allowImplicitRedirect: true,
  })
}

/** For servers that the operator configured (PLC directory, AppView): they may be anywhere; sizes and times are limited. */
export function createOperatorFetch(limits?: FetchLimits): Fetch {
  return createGuardedFetch({ allowPrivateNetwork: true }, limits)
}
