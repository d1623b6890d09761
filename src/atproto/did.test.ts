import { Secp256k1Keypair, bytesToMultibase } from '@atproto/crypto'
import { describe, expect, test } from 'vitest'
import { readAccountInput } from './account-input.ts'
import { didWebHost, isDid, toHandle } from './did.ts'
import { claimedHandle, pdsUrlOf, readDidDocument, signingKeyOf } from './did-document.ts'

const did = 'did:plc:ewvi7nxzyoun6zhxrhs64oiz'

test('a DID is did:plc of 24 characters or did:web of a host', () => {
  expect([did, 'did:web:example.org', 'did:web:localhost%3A3000'].every(isDid)).toBe(true)
  const wrong = [
    'did:plc:short',
    'did:plc:EWVI7NXZYOUN6ZHXRHS64OIZ',
    'did:web:example.org:path',
    'did:web:a/b',
    'did:web:-a',
    'did:key:zQ3sh',
    'did:web:',
    `${did} `,
  ]
  expect(wrong.filter(isDid)).toEqual([])
  expect(didWebHost('did:web:localhost%3A3000')).toBe('localhost:3000')
  expect(didWebHost(did)).toBeUndefined()
})

test('a handle is a host name with a dot and a top level that starts with a letter', () => {
  expect(toHandle('@Alice.Test')).toBe('alice.test')
  expect(
    ['alice', 'a..b', '-a.test', 'a.1test', 'a_b.test', `${'a'.repeat(64)}.test`, '', 'a.b.']
      .map(toHandle)
      .filter(Boolean),
  ).toEqual([])
})

describe('what people type to sign in', () => {
  const read = (text: string) => {
    const input = readAccountInput(text)
    return input && Object.values(input).join(' ')
  }

  test('handles as they are copied and as keyboards write them', () => {
    const typed = [
      'alice.bsky.social',
      ' @Alice.bsky.social ',
      'at://alice.bsky.social',
      '\u202Aalice.bsky.social\u202C',
      'alice。bsky。social',
      'alice.bsky.social.',
      'https://bsky.app/profile/alice.bsky.social',
      'https://bsky.app/profile/alice.bsky.social/post/3k?x=1',
    ]
    expect(typed.filter((text) => read(text) !== 'handle alice.bsky.social')).toEqual([])
  })

  test('DIDs, also from links, and servers', () => {
    expect(read(did)).toBe(`did ${did}`)
    expect(read(`at://${did}`)).toBe(`did ${did}`)
    expect(read(`https://bsky.app/profile/${encodeURIComponent(did)}`)).toBe(`did ${did}`)
    expect(read('https://pds.example.org/some/page')).toBe('service https://pds.example.org')
    expect(read('http://localhost:2583')).toBe('service http://localhost:2583')
  })

  test('nothing else', () => {
    expect(['', 'alice', 'alice@example.org', 'javascript:alert(1)', 'did:key:zabc', 'https://'].filter(read)).toEqual(
      [],
    )
    expect(read('https://bsky.app/profile/%E0%A4%A')).toBeUndefined()
  })
})

describe('DID documents', () => {
  const doc = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    alsoKnownAs: ['https://example.org', 'at://Alice.Test'],
    verificationMethod: [
      {
        id: `${did}#atproto`,
        type: 'Multikey',
        controller: did,
        publicKeyMultibase: 'zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF',
      },
    ],
    service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: 'https://pds.example.org/' }],
  }

  test('say handle, PDS and signing key', () => {
    const read = readDidDocument(doc, did)
    expect(read && [claimedHandle(read), pdsUrlOf(read), signingKeyOf(read)]).toEqual([
      'alice.test',
      'https://pds.example.org',
      'did:key:zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF',
    ])
  })

  test('of the old kind carry the same key in another form', async () => {
    const key = await Secp256k1Keypair.create()
    const bare = bytesToMultibase(key.publicKeyBytes(), 'base58btc')
    const old = {
      ...doc,
      verificationMethod: [{ id: '#atproto', type: 'EcdsaSecp256k1VerificationKey2019', publicKeyMultibase: bare }],
    }
    const read = readDidDocument(old, did)
    expect(read && signingKeyOf(read)).toBe(key.did())
  })

  test('that are broken or another DID’s are none; broken parts are missing, not fatal', () => {
    expect(readDidDocument({ ...doc, id: 'did:web:example.org' }, did)).toBeUndefined()
    expect(readDidDocument(null, did)).toBeUndefined()
    const odd = readDidDocument(
      {
        id: did,
        alsoKnownAs: 'x',
        service: [{ id: '#atproto_pds', type: 'AtprotoPersonalDataServer', serviceEndpoint: 'ftp://x' }],
        verificationMethod: 5,
      },
      did,
    )
    expect(odd && [claimedHandle(odd), pdsUrlOf(odd), signingKeyOf(odd)]).toEqual([undefined, undefined, undefined])
  })
})
