import { stat } from 'node:fs/promises'
import { isDid } from '../../atproto/did.ts'
import { invalid } from '../../base/errors.ts'
import { backfill } from '../../ingest/backfill.ts'
import { ingestFile } from '../../ingest/ingest-file.ts'
import { openServices } from '../open-services.ts'
import { type Command, UsageError } from './command.ts'

const ingestFileCommand: Command = {
  words: 'ingest-file',
  usage: 'FILE',
  summary: 'take in a file of Jetstream v1 messages, one JSON document a line',
  async run({ config, log, output, words, signal }) {
    const [path] = words
    if (path === undefined || words.length > 1) throw new UsageError('ingest-file takes one file')
    const file = await stat(path).catch(() => undefined)
    if (!file?.isFile()) throw invalid({ field: 'FILE', message: `${path} is no file that can be read` })
    await using services = await openServices({ config, log })
    const deps = { ...services, publicUrl: config.publicUrl, signal }
    const result = await ingestFile(deps, path, {
      onProgress: ({ lines, bytes }) =>
        output.progress(`${lines} lines, ${Math.floor((100 * bytes) / Math.max(1, file.size))} %`),
    })
    const { applied, replayed, deadLettered, pending } = result
    output.result(
      result,
      `${applied} applied, ${replayed} known already, ${deadLettered} put aside; ${pending} answers wait for their event`,
    )
  },
}

const backfillCommand: Command = {
  words: 'backfill',
  usage: '[--did DID]',
  summary: 'read all events and answers that are on the network, or those of one repo',
  flags: { did: { type: 'string' } },
  async run({ config, log, output, flags, signal }) {
    const { did } = flags
    if (did !== undefined && (typeof did !== 'string' || !isDid(did)))
      throw new UsageError(`--did ${String(did)} is no DID, such as did:plc:z72i7hdynmk6r22z27h6tvur`)
    await using services = await openServices({ config, log })
    const deps = { ...services, publicUrl: config.publicUrl, relayUrl: config.relayUrl, signal }
    const progress = await backfill(deps, {
      ...(did !== undefined && { dids: [did] }),
      onProgress: ({ done, repos, applied }) => output.progress(`${done} of ${repos} repos, ${applied} records new`),
    })
    const { repos, applied, failed } = progress
    output.result(progress, `${repos} repos read, ${applied} records new, ${failed} repos could not be read`)
  },
}

export const ingestCommands: readonly Command[] = [ingestFileCommand, backfillCommand]
