import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UnsealError, createSealer } from './seal.ts'

const [oldSecret, newSecret] = [randomBytes(32), randomBytes(32)]

describe('sealing', () => {
  test('gives back what was sealed, and never twice the same bytes', () => {
    const sealer = createSealer(newSecret)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, context) => {
        const sealed = sealer.seal(text, context)
        expect(sealer.open(sealed, context)).toBe(text.toWellFormed())
        expect(sealed.equals(sealer.seal(text, context))).toBe(false)
      }),
    )
  })

  test('a value sealed before the secret was rotated opens while the old one is kept, and says that it is old', () => {
    const sealed = createSealer(oldSecret).seal('tokens', 'a')
    const rotated = createSealer(newSecret, [oldSecret])
    expect(rotated.open(sealed, 'a')).toBe('tokens')
    expect(rotated.isOld(sealed)).toBe(true)
    expect(rotated.isOld(rotated.seal('tokens', 'a'))).toBe(false)
    expect(() => createSealer(newSecret).open(sealed, 'a')).toThrow(UnsealError)
  })

  test('does not open in another place, nor after any byte was changed or cut off', () => {
    const sealer = createSealer(newSecret)
    const sealed = sealer.seal('tokens', 'row:1')
    expect(() => sealer.open(sealed, 'row:2')).toThrow(UnsealError)
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(sealed)
        changed[at] = (changed[at] ?? 0) ^ flip
        expect(() => sealer.open(changed, 'row:1')).toThrow(UnsealError)
        expect(() => sealer.open(sealed.subarray(0, at), 'row:1')).toThrow(UnsealError)
      }),
    )
  })
})
