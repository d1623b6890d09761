import { eventCollection, rsvpCollection } from './collections.ts'

/** The least that publishing needs: the two calendar collections and pictures. https://atproto.com/specs/permission */
export const requiredScopes = ['atproto', `repo:${eventCollection}`, `repo:${rsvpCollection}`, 'blob:image/*'] as const

/** What only some people need, asked for when they need it: see SignInStart.extraScopes. */
const extraScopes = ['repo:app.bsky.feed.post?action=create'] as const
export type ExtraScope = (typeof extraScopes)[number]

/** The scope parameter of a sign-in that needs nothing more. */
export const signInScope = requiredScopes.join(' ')

/** All this site may ever ask for: a client must say so beforehand. */
export const clientScope = [...requiredScopes, ...extraScopes].join(' ')

/** What to ask for: the least, what was granted beyond it before (signing in again takes nothing away), and what is wanted now. */
export function scopesToAsk(granted: string, wanted: readonly ExtraScope[]): string[] {
  const kept = extraScopes.filter((scope) => missingScopes(granted, [scope]).length === 0)
  return [...new Set<string>([...requiredScopes, ...kept, ...wanted])]
}

/**
 * Which of the required scopes were not granted: a PDS drops what it does not know without a word, and a person may
 * refuse. The answer may be spelled otherwise than the question (`repo?collection=…&collection=…`).
 */
export function missingScopes(granted: string, required: readonly string[] = requiredScopes): string[] {
  const grants = granted.split(' ').filter(Boolean).map(parseScope)
  return required.filter((scope) => !grants.some((grant) => covers(grant, parseScope(scope))))
}

type Scope = { resource: string; values: string[]; actions: string[] }

const writeActions = ['create', 'update', 'delete']

function parseScope(scope: string): Scope {
  const [head = '', query = ''] = scope.split('?', 2)
  const colon = head.indexOf(':')
  const resource = colon < 0 ? head : head.slice(0, colon)
  const parameters = new URLSearchParams(query)
  const positional = colon < 0 ? [] : [decodeURIComponent(head.slice(colon + 1))]
  const named = parameters.getAll(resource === 'repo' ? 'collection' : 'accept')
  const actions = parameters.getAll('action')
  return { resource, values: [...positional, ...named], actions: actions.length > 0 ? actions : writeActions }
}

function covers(grant: Scope, wanted: Scope): boolean {
  const isBroad = grant.resource === 'transition' && grant.values.includes('generic')
  if (isBroad && (wanted.resource === 'repo' || wanted.resource === 'blob')) return true
  if (grant.resource !== wanted.resource) return false
  const hasValues = wanted.values.every((value) => grant.values.some((pattern) => matches(pattern, value)))
  return hasValues && (wanted.resource !== 'repo' || wanted.actions.every((action) => grant.actions.includes(action)))
}

function matches(pattern: string, value: string): boolean {
  return pattern === value || pattern === '*' || pattern === '*/*'
}
