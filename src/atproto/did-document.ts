import { formatDidKey, multibaseToBytes } from '@atproto/crypto'
import { z } from 'zod'
import { toHandle } from './did.ts'

// Lenient: what we do not use may be anything. https://www.w3.org/TR/did-1.0, https://atproto.com/specs/did
const didDocumentSchema = z.looseObject({
  id: z.string(),
  alsoKnownAs: z.array(z.string()).optional().catch(undefined),
  service: z
    .array(z.looseObject({ id: z.string(), type: z.unknown(), serviceEndpoint: z.unknown() }))
    .optional()
    .catch(undefined),
  verificationMethod: z
    .array(z.looseObject({ id: z.string(), type: z.string(), publicKeyMultibase: z.string().optional() }))
    .optional()
    .catch(undefined),
})

export type DidDocument = z.output<typeof didDocumentSchema>

/** The document, or undefined where the JSON is none or is another DID's. */
export function readDidDocument(json: unknown, did: string): DidDocument | undefined {
  const { data } = didDocumentSchema.safeParse(json)
  return data?.id === did ? data : undefined
}

/** The handle the document claims; true only when the handle also points to the DID. */
export function claimedHandle(doc: DidDocument): string | undefined {
  const alias = doc.alsoKnownAs?.find((name) => name.startsWith('at://'))
  return alias && toHandle(alias.slice('at://'.length))
}

/** Where the repo is: origin of the `#atproto_pds` service. */
export function pdsUrlOf(doc: DidDocument): string | undefined {
  const service = doc.service?.find(
    (s) => isFragment(doc, s.id, 'atproto_pds') && s.type === 'AtprotoPersonalDataServer',
  )
  if (typeof service?.serviceEndpoint !== 'string' || !URL.canParse(service.serviceEndpoint)) return undefined
  const url = new URL(service.serviceEndpoint)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : undefined
}

/** The key that signs the repo's commits, as did:key. */
export function signingKeyOf(doc: DidDocument): string | undefined {
  const method = doc.verificationMethod?.find((m) => isFragment(doc, m.id, 'atproto'))
  if (!method?.publicKeyMultibase || !base58btc.test(method.publicKeyMultibase)) return undefined
  if (method.type === 'Multikey') return `did:key:${method.publicKeyMultibase}`
  const algorithm = legacyKeyTypes[method.type]
  try {
    return algorithm && formatDidKey(algorithm, multibaseToBytes(method.publicKeyMultibase))
  } catch {
    return undefined
  }
}

const base58btc = /^z[1-9A-HJ-NP-Za-km-z]{1,200}$/

// Documents of before 2023 carry the bare key.
const legacyKeyTypes: Record<string, string> = {
  EcdsaSecp256r1VerificationKey2019: 'ES256',
  EcdsaSecp256k1VerificationKey2019: 'ES256K',
}

function isFragment(doc: DidDocument, id: string, fragment: string): boolean {
  return id === `#${fragment}` || id === `${doc.id}#${fragment}`
}
