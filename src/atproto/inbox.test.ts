import { expect, test } from 'vitest'
import { eventOp } from '../../testkit/calendar-ops.ts'
import { Inbox } from './inbox.ts'

const messagesAt = (...cursors: number[]) =>
  cursors.map((cursor, n) => ({ cursor, op: eventOp({ did: 'did:plc:a', rkey: `event${n}`, n }) }))

test('the ops of one commit are never parted: its cursor would pass those that are left', () => {
  const inbox = new Inbox(1000, () => {})
  inbox.put(messagesAt(1, 2, 2, 2, 3, 4))
  const batches = [inbox.take(2), inbox.take(1), inbox.take(5)]
  expect(batches.map((batch) => batch?.messages.map(({ cursor }) => cursor))).toEqual([[1, 2, 2, 2], [3], [4]])
  expect(batches.map((batch) => batch?.cursor)).toEqual([2, 3, 4])
})
