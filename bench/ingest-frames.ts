import { randomBytes } from 'node:crypto'
import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { type FrameParts, SignedRepo, toFrame } from '../testkit/signed-frames.ts'

/** As a second of the real network had it: testkit/captured-frames.ts. */
const meanFrameBytes = 5_459
const reposOfNetwork = 4
/** Makes trees of the height at which a commit has about ten blocks. */
const recordsPerRepo = 400

export type GeneratedFrames = {
  /** Each sent once a round, in this order. */
  frames: Buffer[]
  /** Paths of the calendar ops in them, in order. */
  hits: string[]
  keys: [did: string, key: string][]
}

/** Frames of a network with a calendar commit in every `every`, signed by repos of their own, calibrated on a real capture. */
export async function generateFrames(count: number, every: number): Promise<GeneratedFrames> {
  const repos = await Promise.all(Array.from({ length: reposOfNetwork }, growRepo))
  const posts: FrameParts[] = []
  for (let i = 0; i < 60; i++) posts.push(await repos[i % repos.length]!.commit(post(i)))
  const calendar: FrameParts[] = []
  for (let i = 0; i < Math.ceil(count / every) + 1; i++)
    calendar.push(await repos[i % repos.length]!.commit(i % 4 ? answer(i) : event(i)))
  const others = posts.map(toFrame)
  const frames: Buffer[] = []
  const hits: string[] = []
  // The first is among those that warm up, and the last ends the reading.
  for (let n = 0; n < count; n++) {
    const hit = n === count - 1 || n % every === every - 1 ? calendar[hits.length] : undefined
    if (hit) hits.push((hit.body['ops'] as { path: string }[])[0]?.path ?? '')
    frames.push(hit ? toFrame(hit) : (others[n % others.length] as Buffer))
  }
  return { frames, hits, keys: repos.map(({ did, key }) => [did, key.did()]) }
}

/** What one commit has beyond its record is known only once it is made: the text makes up for it. */
const text = randomBytes(meanFrameBytes).toString('base64')
const textLength = 3_000

function post(i: number) {
  const record = {
    $type: 'app.bsky.feed.post',
    text: text.slice(i % 100, textLength),
    createdAt: '2026-11-25T10:00:00Z',
  }
  return { collection: 'app.bsky.feed.post', rkey: `3m${String(i).padStart(11, 'a')}`, record }
}

function event(i: number) {
  const record = { $type: eventCollection, name: `Event ${i}`, description: text.slice(0, 900) }
  return { collection: eventCollection, rkey: `e${i}`, record }
}

function answer(i: number) {
  const subject = { uri: `at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/${eventCollection}/e${i}` }
  return { collection: rsvpCollection, rkey: `r${i}`, record: { $type: rsvpCollection, subject, status: 'going' } }
}

async function growRepo(): Promise<SignedRepo> {
  const repo = await SignedRepo.create()
  const collections = ['app.bsky.feed.like', 'app.bsky.feed.post', 'app.bsky.graph.follow', 'zone.other.thing']
  const writes = Array.from({ length: recordsPerRepo }, (_, i) => ({
    collection: collections[i % collections.length] ?? '',
    rkey: `3k${String(i).padStart(11, 'a')}`,
    record: { n: i },
  }))
  await repo.commit(...writes)
  return repo
}
