import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

const version = 1
const idBytes = 4
const ivBytes = 12
const tagBytes = 16
const headerBytes = 1 + idBytes + ivBytes + tagBytes

/** A sealed value that none of the known keys opens: it was changed, belongs elsewhere, or its key is gone. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError'
}

/**
 * Seals text for storage: AES-256-GCM with a key derived from the secret. `context` says what the value is and whose
 * (`oauth_sessions:did:plc:…`): a sealed value moved to another row does not open there.
 */
export type Sealer = {
  seal(text: string, context: string): Buffer
  /** Throws UnsealError. */
  open(sealed: Uint8Array, context: string): string
  /** Whether the value was sealed with a previous key and should be sealed anew. */
  isOld(sealed: Uint8Array): boolean
  /** A keyed hash, for short codes: who reads the table could try all of them against a bare one. */
  mac(text: string, context: string): Buffer
}

/** `current` seals; `previous` only open what they sealed before the secret was rotated. Secrets of ≥ 32 bytes. */
export function createSealer(current: Uint8Array, previous: readonly Uint8Array[] = []): Sealer {
  const keys = [current, ...previous].map(deriveKey)
  const [first] = keys as [SealingKey, ...SealingKey[]]
  return {
    seal: (text, context) => sealWith(first, text, context),
    open(sealed, context) {
      const id = Buffer.from(sealed.subarray(1, 1 + idBytes))
      const key = sealed[0] === version && sealed.length >= headerBytes && keys.find((key) => key.id.equals(id))
      if (!key)
        throw new UnsealError(
          `No known key opens ${context.split(':')[0]}: was SECRET_KEY changed without SECRET_KEY_PREVIOUS?`,
        )
      return openWith(key, sealed, context)
    },
    isOld: (sealed) => !first.id.equals(sealed.subarray(1, 1 + idBytes)),
    mac: (text, context) => createHmac('sha256', first.key).update(`${context}\0${text}`).digest(),
  }
}

type SealingKey = { id: Buffer; key: Buffer }

function deriveKey(secret: Uint8Array): SealingKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'openmeet seal v1', 32))
  return { key, id: createHash('sha256').update(key).digest().subarray(0, idBytes) }
}

// version 1 | key id 4 | iv 12 | tag 16 | ciphertext
function sealWith({ id, key }: SealingKey, text: string, context: string): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(version), id, iv, cipher.getAuthTag(), body])
}

function openWith({ key }: SealingKey, sealed: Uint8Array, context: string): string {
  const iv = sealed.subarray(1 + idBytes, 1 + idBytes + ivBytes)
  const tag = sealed.subarray(headerBytes - tagBytes, headerBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headerBytes)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new UnsealError(`A sealed value of ${context.split(':')[0]} was changed or belongs to another row`, { cause })
  }
}
