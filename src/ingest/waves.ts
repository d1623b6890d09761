import type { Op, RecordOp } from '../atproto/record-op.ts'
import type { RepoOp } from './repo-ops.ts'

/** Ops that may be taken in together: all records first, then what concerns whole repos. */
export type Wave = { records: RecordOp[]; repos: RepoOp[] }

/**
 * Cuts ops into as few waves as keep the order within every repo: a new one begins where a record follows a message
 * about its repo. Bad ops are left out.
 */
export function toWaves(ops: readonly Op[]): Wave[] {
  const waves: Wave[] = []
  const last = new Map<string, { wave: number; isRepo: boolean }>()
  for (const op of ops) {
    if (op.kind === 'bad') continue
    const isRepo = op.kind !== 'record'
    const before = last.get(op.did)
    const wave = (before?.wave ?? 0) + (before?.isRepo && !isRepo ? 1 : 0)
    last.set(op.did, { wave, isRepo })
    const into = (waves[wave] ??= { records: [], repos: [] })
    if (isRepo) into.repos.push(op)
    else into.records.push(op)
  }
  return waves
}
