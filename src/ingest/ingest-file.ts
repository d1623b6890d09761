import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { readJetstreamMessage } from '../atproto/jetstream-message.ts'
import type { SourceMessage } from '../atproto/record-op.ts'
import { countPendingRsvps } from '../rsvps/ingest-rsvp.ts'
import { type DispatchDeps, dispatchBatch } from './dispatch.ts'

/** `pending`: answers that now wait for an event nobody has told of yet. */
export type FileResult = { applied: number; replayed: number; deadLettered: number; pending: number }

export type FileOptions = { onProgress?: (soFar: { lines: number; bytes: number }) => void }

const batchSize = 500

/**
 * Takes in a file of Jetstream v1 messages, one per line, in order, as if they had come from the network long ago: nobody
 * is notified. Lines about other collections count nowhere. Memory does not grow with the file.
 */
export async function ingestFile(
  deps: DispatchDeps,
  path: string,
  { onProgress }: FileOptions = {},
): Promise<FileResult> {
  const result = { applied: 0, replayed: 0, deadLettered: 0 }
  for await (const { messages, lines, bytes } of readBatches(path)) {
    const tally = await dispatchBatch(deps, 'file', { messages })
    result.applied += tally.applied
    result.replayed += tally.replayed
    result.deadLettered += tally.deadLettered
    onProgress?.({ lines, bytes })
  }
  return { ...result, pending: await countPendingRsvps(deps.db) }
}

type FileBatch = { messages: SourceMessage[]; lines: number; bytes: number }

async function* readBatches(path: string): AsyncGenerator<FileBatch> {
  const file = createReadStream(path)
  let lines = 0
  let messages: SourceMessage[] = []
  for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines++
    const { op } = line.trim() === '' ? {} : readJetstreamMessage(line)
    if (op) messages.push({ cursor: 0, op: op.kind === 'record' ? { ...op, live: false } : op })
    if (messages.length < batchSize) continue
    yield { messages, lines, bytes: file.bytesRead }
    messages = []
  }
  yield { messages, lines, bytes: file.bytesRead }
}
