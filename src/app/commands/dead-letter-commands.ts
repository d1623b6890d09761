import { audit } from '../../accounts/audit.ts'
import { discardDeadLetters, getDeadLetter, listDeadLetters } from '../../ingest/dead-letter-store.ts'
import { type ReplayOutcome, replayDeadLetter, replayDeadLetters } from '../../ingest/replay-dead-letters.ts'
import { openServices } from '../open-services.ts'
import { type Command, type CommandContext, UsageError } from './command.ts'

const listCommand: Command = {
  words: 'dead-letters list',
  usage: '[--reason CODE]',
  summary: 'ops that could not be taken in, newest first',
  flags: { reason: { type: 'string' } },
  async run(context) {
    await using services = await openServices(context)
    const { output } = context
    const filter = { ...reasonOf(context), limit: 100 }
    let count = 0
    for (let before: number | undefined; ;) {
      const page = await listDeadLetters(services.db, { ...filter, ...(before !== undefined && { before }) })
      for (const letter of page)
        output.result(letter, `${letter.id}  ${letter.reason}  ${letter.uri}  ${letter.error.split('\n')[0]}`)
      count += page.length
      before = page.at(-1)?.id
      if (page.length < filter.limit) break
    }
    if (count === 0) output.note('There are no dead letters.')
  },
}

const showCommand: Command = {
  words: 'dead-letters show',
  usage: 'ID',
  summary: 'one of them, with its op',
  async run(context) {
    await using services = await openServices(context)
    const letter = await getDeadLetter(services.db, idOf(context))
    context.output.result(letter, JSON.stringify(letter, null, 2))
  },
}

const replayCommand: Command = {
  words: 'dead-letters replay',
  usage: 'ID | --all | --reason CODE',
  summary: 'try them again',
  flags: { all: { type: 'boolean' }, reason: { type: 'string' } },
  async run(context) {
    const { config, flags, output } = context
    await using services = await openServices(context)
    const deps = { ...services, publicUrl: config.publicUrl, signal: context.signal }
    const counts: Record<ReplayOutcome, number> = { applied: 0, outdated: 0, failed: 0 }
    if (flags['all'] !== true && flags['reason'] === undefined) counts[await replayDeadLetter(deps, idOf(context))]++
    else
      for await (const { outcome } of replayDeadLetters(deps, reasonOf(context).reason)) {
        counts[outcome]++
        output.progress(`${counts.applied + counts.outdated + counts.failed} tried`)
      }
    const subject = reasonOf(context).reason ?? context.words[0] ?? 'all'
    await audit(services.db, { accountId: null, action: 'replay-dead-letters', subject, detail: counts })
    output.result(counts, `${counts.applied} taken in, ${counts.outdated} outdated, ${counts.failed} failed again`)
  },
}

const discardCommand: Command = {
  words: 'dead-letters discard',
  usage: 'ID | --all | --reason CODE',
  summary: 'give up on them',
  flags: { all: { type: 'boolean' }, reason: { type: 'string' } },
  async run(context) {
    const { reason } = reasonOf(context)
    await using services = await openServices(context)
    const which = reason !== undefined ? { reason } : context.flags['all'] === true ? 'all' : { id: idOf(context) }
    const discarded = await discardDeadLetters(services.db, which)
    const subject = reason ?? context.words[0] ?? 'all'
    await audit(services.db, { accountId: null, action: 'discard-dead-letters', subject, detail: { discarded } })
    context.output.result({ discarded }, `${discarded} discarded`)
  },
}

function reasonOf({ flags }: CommandContext): { reason?: string } {
  return typeof flags['reason'] === 'string' ? { reason: flags['reason'] } : {}
}

function idOf({ words }: CommandContext): number {
  const [text = ''] = words
  if (/^\d{1,15}$/.test(text) && words.length === 1) return Number(text)
  throw new UsageError('name one dead letter by its number, as "dead-letters list" shows it')
}

export const deadLetterCommands: readonly Command[] = [listCommand, showCommand, replayCommand, discardCommand]
