import { cidForLex } from '@atproto/lex-cbor'
import { describe, expect, test } from 'vitest'
import { newDid } from '../../testkit/calendar-ops.ts'
import { SignedRepo } from '../../testkit/signed-frames.ts'
import { eventCollection, rsvpCollection } from './collections.ts'
import { checkProof, checkRepo } from './verify-proof.ts'
import { VerifyError } from './verify-reason.ts'

async function makeRepo(): Promise<SignedRepo> {
  const repo = await SignedRepo.create()
  const collections = ['app.bsky.feed.post', eventCollection, rsvpCollection, 'zone.other.thing']
  for (const collection of collections)
    await repo.commit(
      ...Array.from({ length: 25 }, (_, i) => ({ collection, rkey: `k${i}`, record: { name: `n${i}` } })),
    )
  return repo
}

const reasonOf = (task: () => unknown) => {
  try {
    task()
  } catch (error) {
    if (error instanceof VerifyError) return error.reason
    throw error
  }
  return 'ok'
}

describe('a proof of a record', () => {
  test('holds its value and CID, or that it is not there', async () => {
    const repo = await makeRepo()
    const { found, commit } = checkProof(await repo.proof(eventCollection, 'k7'), repo.did, `${eventCollection}/k7`)
    expect(found).toEqual({ cid: (await cidForLex({ name: 'n7' })).toString(), record: { name: 'n7' } })
    expect(commit.rev).toBe(repo.rev)
    const absent = checkProof(await repo.proof(eventCollection, 'none'), repo.did, `${eventCollection}/none`)
    expect(absent.found).toBeUndefined()
  })

  test('of another record, of another repo or of half the way is none', async () => {
    const repo = await makeRepo()
    const car = await repo.proof(eventCollection, 'k7')
    expect(reasonOf(() => checkProof(car, newDid(), `${eventCollection}/k7`))).toBe('did-mismatch')
    const others = ['app.bsky.feed.post/k1', `${rsvpCollection}/k24`, 'zone.other.thing/k3']
    for (const path of others) expect(reasonOf(() => checkProof(car, repo.did, path))).toBe('block-missing')
    for (let length = 0; length < car.length - 1; length += 7)
      expect(reasonOf(() => checkProof(car.subarray(0, length), repo.did, `${eventCollection}/k7`))).toMatch(
        /^(car-unreadable|block-missing)$/,
      )
  })
})

test('a whole repo gives all records of a collection, and a CAR that lacks one gives none', async () => {
  const repo = await makeRepo()
  const car = await repo.car()
  const { records } = checkRepo(car, repo.did, 'community.lexicon.calendar.')
  expect(records).toHaveLength(50)
  expect(records.map(({ path }) => path)).toEqual(records.map(({ path }) => path).toSorted())
  expect(records.find(({ path }) => path === `${eventCollection}/k7`)?.record).toEqual({ name: 'n7' })
  expect(checkRepo(car, repo.did, 'no.such.thing').records).toEqual([])
  const cut = await repo.proof(eventCollection, 'k7')
  expect(reasonOf(() => checkRepo(cut, repo.did, 'community.lexicon.calendar.'))).toBe('block-missing')
})
