import { randomInt } from 'node:crypto'

const alphabet = '234567abcdefghijklmnopqrstuvwxyz'
const clockId = randomInt(1024)
let last = 0

/** A new TID, ascending within this process (atproto record-key spec): 53 bits of microseconds, 10 bits of clock id. */
export function newTid(now = Date.now()): string {
  last = Math.max(now * 1000, last + 1)
  return encodeTid(last, clockId)
}

export function encodeTid(microseconds: number, clock: number): string {
  let bits = (BigInt(microseconds) << 10n) | BigInt(clock & 1023)
  let text = ''
  for (let i = 0; i < 13; i++) {
    text = alphabet[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return text
}

/** The instant a TID was minted, or undefined where the text is not a TID. */
export function tidTime(tid: string): Date | undefined {
  if (!/^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$/.test(tid)) return undefined
  let bits = 0n
  for (const char of tid) bits = (bits << 5n) | BigInt(alphabet.indexOf(char))
  return new Date(Number((bits >> 10n) / 1000n))
}
