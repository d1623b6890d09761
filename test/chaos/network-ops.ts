import { eventCollection, rsvpCollection } from '../../src/atproto/collections.ts'
import { newTid } from '../../src/base/tid.ts'
import type { OtherApp } from '../../sandbox/other-app.ts'
import type { Random } from './random.ts'

export type NetworkActor = { did: string; events: string[]; answers: Map<string, string> }
type Everybody = { app: OtherApp; actors: readonly NetworkActor[]; random: Random }

const statuses = ['going', 'interested', 'notgoing'] as const

/** One random op of another app on the PDS: half of them on events, half on answers, some of them deletions. */
export async function doNetworkOp(everybody: Everybody, actor: NetworkActor, n: number): Promise<void> {
  const { random } = everybody
  const dice = random.below(100)
  if (dice < 25 || actor.events.length === 0) return createEvent(everybody, actor, n)
  if (dice < 50) return void (await everybody.app.editEvent(random.pick(actor.events), { name: `Edit ${n}`, note: n }))
  if (dice < 58) return deleteEvent(everybody, actor)
  if (dice < 92) return answer(everybody, actor, n)
  return withdraw(everybody, actor)
}

async function createEvent({ app }: Everybody, actor: NetworkActor, n: number): Promise<void> {
  const { uri } = await app.createEvent(actor.did, {
    name: `Event ${n}`,
    startsAt: '2027-03-01T18:00:00.000Z',
    theirs: { n },
  })
  actor.events.push(uri)
}

async function deleteEvent({ app, random }: Everybody, actor: NetworkActor): Promise<void> {
  const [uri] = actor.events.splice(random.below(actor.events.length), 1)
  if (uri !== undefined) await app.deleteRecord(uri)
}

async function answer({ app, actors, random }: Everybody, actor: NetworkActor, n: number): Promise<void> {
  const subject = random.pick(actors.flatMap(({ events }) => events))
  const rkey = actor.answers.get(subject) ?? newTid()
  actor.answers.set(subject, rkey)
  const status = `${rsvpCollection}#${random.pick(statuses)}`
  const createdAt = new Date(Date.UTC(2026, 10, 1) + n * 1000).toISOString()
  await app.put(actor.did, rsvpCollection, rkey, {
    $type: rsvpCollection,
    subject: { uri: subject },
    status,
    createdAt,
  })
}

async function withdraw({ app, random }: Everybody, actor: NetworkActor): Promise<void> {
  if (actor.answers.size === 0) return
  const [subject, rkey] = random.pick([...actor.answers])
  actor.answers.delete(subject)
  await app.deleteRecord(`at://${actor.did}/${rsvpCollection}/${rkey}`)
}

export const collections = [eventCollection, rsvpCollection] as const
