import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { invalid } from '../../base/errors.ts'
import { type CivilDate } from '../../series/civil-day.ts'
import { RecurrenceError, parseRecurrenceRule } from '../../series/recurrence-rule.ts'
import { listOccurrences } from '../../series/recurrence.ts'
import { describeRule } from '../../series/recurrence-text.ts'
import { type Command, type CommandContext, UsageError } from './command.ts'

const instant = z.iso.datetime({ offset: true, error: 'is no instant such as 2026-11-03T00:00:00Z' })

const question = z.object({
  rule: z.string(),
  start: z.string(),
  tz: z.string(),
  exdates: z.array(z.string()).default([]),
  rdates: z.array(z.string()).default([]),
  count: z.coerce.number().int().min(0).max(100_000).default(10),
  after: instant.optional(),
  until: instant.optional(),
})
type Question = z.output<typeof question>

type RecurrenceAnswer = { occurrences: string[]; text: string | null; truncated: boolean }

/** The first `count` instants of a rule, its sentence, and whether there are more. Throws RecurrenceError. */
function answerRecurrence({ rule: text, start, tz, count, after, until, ...dates }: Question): RecurrenceAnswer {
  const rule = parseRecurrenceRule(text)
  const window = {
    after: after === undefined ? undefined : new Date(after),
    until: until === undefined ? undefined : new Date(until),
  }
  const found = listOccurrences({ rule, start, timezone: tz, ...dates }, window)
    .take(count + 1)
    .map(({ at }) => `${at.toISOString().slice(0, 19)}Z`)
    .toArray()
  return {
    occurrences: found.slice(0, count),
    text: describeRule(rule, toDate(start)),
    truncated: found.length > count,
  }
}

const toDate = (start: string): CivilDate => ({
  year: Number(start.slice(0, 4)),
  month: Number(start.slice(5, 7)),
  day: Number(start.slice(8, 10)),
})

const text = { type: 'string' } as const
const many = { type: 'string', multiple: true } as const

export const recurrenceCommand: Command = {
  words: 'recurrence',
  usage: '--rule RULE --start WALL --tz ZONE | --batch FILE',
  summary: 'the dates of a recurrence rule, and the rule in words',
  flags: {
    rule: text,
    start: text,
    tz: text,
    exdate: many,
    rdate: many,
    count: text,
    after: text,
    until: text,
    batch: text,
  },
  async run(context) {
    const { batch } = context.flags
    if (typeof batch === 'string') return answerBatch(context, batch)
    const { exdate, rdate, ...flags } = context.flags as Record<string, unknown>
    const asked = question.safeParse({ ...flags, exdates: exdate, rdates: rdate })
    if (!asked.success) throw new UsageError(asked.error.issues.map(toWords).join('; '))
    const answer = withClearErrors(() => answerRecurrence(asked.data))
    const more = answer.truncated ? '\n…' : ''
    context.output.result(
      answer,
      `${answer.text ?? '(no sentence says this rule)'}\n${answer.occurrences.join('\n')}${more}`,
    )
  },
}

function toWords({ path, message }: { path: PropertyKey[]; message: string }): string {
  const [name] = path
  return /undefined/.test(message) ? `--${String(name)} is missing` : `--${String(name)} ${message}`
}

function withClearErrors<T>(task: () => T): T {
  try {
    return task()
  } catch (error) {
    if (error instanceof RecurrenceError) throw invalid({ field: error.code, message: error.message })
    throw error
  }
}

async function answerBatch({ output }: CommandContext, path: string): Promise<void> {
  const file = createReadStream(path)
  file.on('error', () => {})
  try {
    for await (const line of createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line.trim() !== '') sayBatchAnswer(output, line)
  } catch (cause) {
    throw invalid({ field: '--batch', message: `${path} cannot be read: ${String(cause)}` })
  }
}

function sayBatchAnswer(output: CommandContext['output'], line: string): void {
  const answer = answerLine(line)
  output.result(answer, JSON.stringify(answer))
}

/** A refused rule is an answer like any other: the next line is answered too. */
function answerLine(line: string): RecurrenceAnswer | { error: { code: string; message: string } } {
  try {
    return answerRecurrence(question.parse(JSON.parse(line)))
  } catch (error) {
    if (error instanceof RecurrenceError) return { error: { code: error.code, message: error.message } }
    const message = error instanceof z.ZodError ? error.issues.map(toWords).join('; ') : 'the line is no JSON document'
    return { error: { code: 'bad-question', message } }
  }
}
