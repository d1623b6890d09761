import type { BadOp, Op, RecordOp } from '../atproto/record-op.ts'
import { readJetstreamMessage } from '../atproto/jetstream-message.ts'
import { isJsonObject } from '../base/json.ts'
import { readCarriedMessage } from './carry-message.ts'
import { type DeadLetter, discardDeadLetters, getDeadLetter, listDeadLetters } from './dead-letter-store.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'

/** `failed`: it lies aside again, with its new reason. `outdated`: a later version was taken in since. */
export type ReplayOutcome = 'applied' | 'outdated' | 'failed'

/** Tries one dead letter again, as if its op had just come in. Throws AppError `not-found`. */
export async function replayDeadLetter(deps: DispatchDeps, id: number): Promise<ReplayOutcome> {
  return replay(deps, await getDeadLetter(deps.db, id))
}

/** Tries all of them again, of one reason or of any, newest first. Yields what became of each. */
export async function* replayDeadLetters(
  deps: DispatchDeps,
  reason?: string,
): AsyncGenerator<{ letter: DeadLetter; outcome: ReplayOutcome }> {
  const filter = reason === undefined ? {} : { reason }
  for (let before: number | undefined; ;) {
    const page = await listDeadLetters(deps.db, { ...filter, limit: 100, ...(before !== undefined && { before }) })
    for (const letter of page) yield { letter, outcome: await replay(deps, letter) }
    before = page.at(-1)?.id
    if (before === undefined) return
  }
}

async function replay(deps: DispatchDeps, letter: DeadLetter): Promise<ReplayOutcome> {
  const op = readAgain(letter.op)
  if (!op || op.kind === 'bad') return 'failed'
  const live = op.kind === 'record' ? { ...op, live: false } : op
  const tally = await dispatchBatch({ ...deps, again: true }, 'dead-letters', { messages: [{ cursor: 0, op: live }] })
  if (tally.aside > 0) return 'failed'
  await discardDeadLetters(deps.db, { id: letter.id })
  return tally.applied > 0 ? 'applied' : 'outdated'
}

/** A message that could not be read when it came may be readable now. */
function readAgain(op: RecordOp | BadOp): Op | undefined {
  if (op.kind === 'record') return op
  if (isRecordOp(op.raw)) return op.raw
  if (isJsonObject(op.raw) && 'v' in op.raw) return readCarriedMessage(op.raw).message.op
  if (typeof op.raw === 'string') return readJetstreamMessage(op.raw).op
  return isJsonObject(op.raw) ? readJetstreamMessage(JSON.stringify(op.raw)).op : undefined
}

function isRecordOp(raw: unknown): raw is RecordOp {
  return isJsonObject(raw) && raw['kind'] === 'record'
}
