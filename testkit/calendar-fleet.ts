import { eventCollection, rsvpCollection } from '../src/atproto/collections.ts'
import { eventUri, newDid } from './calendar-ops.ts'
import { FakeFleet, type FleetRepo, eventValue, rsvpValue } from './fake-fleet.ts'

export type FleetSize = { hosts: number; repos: number; records: number }

/** As the calendars of the network are in number: a few repos have much, most have a little, some have both kinds. */
export const networkSize: FleetSize = { hosts: 24, repos: 1_633, records: 20_900 }

const sharesOf = { onlyEvents: 0.44, both: 0.1 }

/** A fleet of this size, the same each time. Every answer is to an event that is there. */
export async function startCalendarFleet({ hosts, repos, records }: FleetSize): Promise<FakeFleet> {
  const fleet = await FakeFleet.start(hosts)
  const all = Array.from({ length: repos }, (_, i) => fleet.add(newDid(), i % hosts))
  const hosting = all.slice(0, Math.round(repos * (sharesOf.onlyEvents + sharesOf.both)))
  const answering = all.slice(Math.round(repos * sharesOf.onlyEvents))
  const sizes = toSizes(hosting.length + answering.length, records)
  const events = hosting.flatMap((repo) => addEvents(repo, sizes.next().value ?? 1))
  for (const repo of answering) addAnswers(repo, sizes.next().value ?? 1, events)
  return fleet
}

/** How many records each has: falls as 1/n, and is `total` together. */
function* toSizes(count: number, total: number): Generator<number> {
  const weights = Array.from({ length: count }, (_, i) => 1 / (1 + ((i * 7919) % count)))
  const sum = weights.reduce((a, b) => a + b, 0)
  let left = total
  for (const [i, weight] of weights.entries()) {
    const rest = count - i - 1
    const size =
      rest === 0 ? left : Math.max(1, Math.min(left - rest, Math.round((weight / sum) * (total - count)) + 1))
    left -= size
    yield size
  }
}

function addEvents(repo: FleetRepo, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    repo.put(eventCollection, `e${i}`, eventValue(`Event ${i} of ${repo.did.slice(-6)}`))
    return eventUri(repo.did, `e${i}`)
  })
}

function addAnswers(repo: FleetRepo, count: number, events: readonly string[]): void {
  for (let i = 0; i < count; i++) {
    const event = events[(i * 31 + repo.host) % events.length] ?? ''
    repo.put(rsvpCollection, `r${i}`, rsvpValue(event))
  }
}
