import { stat } from 'node:fs/promises'
import { isDid } from '../../atproto/did.ts'
import { invalid } from '../../base/errors.ts'
import { type PassDeps, backfill, reconcile } from '../../ingest/backfill.ts'
import { ingestFile } from '../../ingest/ingest-file.ts'
import type { RunProgress } from '../../ingest/repo-run-store.ts'
import { type Services, openServices } from '../open-services.ts'
import { type Command, type CommandContext, FailedCheck, UsageError } from './command.ts'

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
  async run(context) {
    const dids = readDids(context)
    await using services = await openServices(context)
    const progress = await backfill(toDeps(services, context), { dids, onProgress: showProgress(context) })
    const { repos, applied, unchanged, away, failed } = progress
    context.output.result(
      progress,
      `${repos} repos read, ${applied} records new, ${unchanged} repos unchanged, ${away} away, ${failed} could not be read`,
    )
    if (failed > 0 && failed === repos) throw new FailedCheck()
  },
}

const reconcileCommand: Command = {
  words: 'reconcile',
  usage: '[--did DID] [--dry-run]',
  summary: 'compare what is known here with the repos themselves, and mend the difference',
  flags: { did: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  async run(context) {
    const dids = readDids(context)
    const isDryRun = context.flags['dry-run'] === true
    await using services = await openServices(context)
    const progress = await reconcile(toDeps(services, context), {
      dids,
      isDryRun,
      onProgress: showProgress(context),
    })
    const { repos, missingHere, stale, missingThere, applied, away, failed } = progress
    const found = `${missingHere} missing here, ${stale} out of date, ${missingThere} gone there`
    const done = isDryRun ? 'nothing was changed' : `${applied} mended`
    context.output.result(
      progress,
      `${repos} repos: ${found}; ${done}; ${away} repos away, ${failed} could not be read`,
    )
    if (failed > 0 && failed === repos) throw new FailedCheck()
  },
}

function readDids({ flags: { did } }: CommandContext): string[] | undefined {
  if (did === undefined) return undefined
  if (typeof did !== 'string' || !isDid(did))
    throw new UsageError(`--did ${String(did)} is no DID, such as did:plc:z72i7hdynmk6r22z27h6tvur`)
  return [did]
}

function toDeps(services: Services, { config, signal }: CommandContext): PassDeps {
  return { ...services, publicUrl: config.publicUrl, relayUrl: config.relayUrl, signal }
}

function showProgress({ output }: CommandContext) {
  return ({ done, repos, applied, failed }: RunProgress) =>
    output.progress(
      `${toBar(done, repos)} ${done} of ${repos} repos, ${applied} records${failed > 0 ? `, ${failed} repos failed` : ''}`,
    )
}

const barWidth = 24

function toBar(done: number, all: number): string {
  const filled = all === 0 ? 0 : Math.floor((barWidth * done) / all)
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}]`
}

export const ingestCommands: readonly Command[] = [ingestFileCommand, backfillCommand, reconcileCommand]
