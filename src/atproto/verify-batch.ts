import { createCommitChain } from './commit-chain.ts'
import type { BadOp, Op, RecordOp, SourceBatch, SourceMessage, SourceNotice } from './record-op.ts'
import type { CommitToVerify } from './verify-commit.ts'
import type { SignatureCheck } from './verify-keys.ts'
import type { Refusal } from './verify-reason.ts'

export type VerifyBatch = (batch: SourceBatch) => Promise<SourceBatch>

type Verdict = 'valid' | 'unknown' | 'gap' | Refusal

/**
 * Believes the messages that come with their signed commit, or refuses them: the ops of a refused commit are put aside with
 * the reason and without their records, and a notice names the repo for reading anew. Where nobody can name the key just
 * now the ops go on as they came, not verified. Repos do not wait for each other; the order of messages stays.
 */
export function createVerifier(check: SignatureCheck, onVerified?: (records: number) => void): VerifyBatch {
  const follow = createCommitChain()

  async function judge(toVerify: CommitToVerify): Promise<Verdict> {
    if ('refusal' in toVerify) return toVerify.refusal
    const answer = await check(toVerify.commit)
    if (answer !== 'valid') return answer
    const place = follow(toVerify.commit)
    return place === 'follows' ? 'valid' : place
  }

  return async (batch) => {
    const byRepo = Map.groupBy(new Set(batch.messages.flatMap(({ commit }) => commit ?? [])), ({ did }) => did)
    if (byRepo.size === 0) return batch
    const verdicts = new Map<CommitToVerify, Verdict>()
    const judgeAll = async (commits: readonly CommitToVerify[]) => {
      for (const commit of commits) verdicts.set(commit, await judge(commit))
    }
    await Promise.all([...byRepo.values()].map(judgeAll))
    const messages = batch.messages.map((message) => toVerified(message, verdicts))
    onVerified?.(messages.filter(({ op }) => op.kind === 'record' && op.verified === 'commit').length)
    return { ...batch, messages, notices: [...batch.notices, ...noticesOf(verdicts), ...noticesOfBad(batch.messages)] }
  }
}

function toVerified({ cursor, op, commit }: SourceMessage, verdicts: Map<CommitToVerify, Verdict>): SourceMessage {
  const verdict = commit && verdicts.get(commit)
  if (!verdict || verdict === 'unknown') return { cursor, op }
  if (typeof verdict === 'object') return { cursor, op: refuse(op, verdict) }
  return { cursor, op: op.kind === 'record' ? { ...op, verified: 'commit' } : op }
}

function refuse(op: Op, { reason, error }: Refusal): Op {
  if (op.kind !== 'record' && op.kind !== 'sync') return op
  // Without `kind` and record: a replay of the dead letter must not take it for an op that was read.
  const { did, rev } = op
  return { kind: 'bad', reason, error, raw: { did, rev, ...(op.kind === 'record' && addressOf(op)) } }
}

function addressOf({ collection, rkey, action, cid }: RecordOp) {
  return { collection, rkey, action, cid: cid ?? null }
}

function noticesOf(verdicts: Map<CommitToVerify, Verdict>): SourceNotice[] {
  return [...verdicts].flatMap(([{ did, rev }, verdict]) => {
    if (verdict === 'gap') return [{ reason: 'repo-diverged', detail: rev, did }]
    if (typeof verdict === 'string') return []
    return [{ reason: 'commit-refused', detail: `${rev.slice(0, 100)} ${verdict.reason}: ${verdict.error}`, did }]
  })
}

/** A commit that is its owner's word, but was told without what is in it. */
function noticesOfBad(messages: readonly SourceMessage[]): SourceNotice[] {
  return messages.flatMap(({ op, commit }) =>
    op.kind === 'bad' && commit ? [{ reason: 'record-left-out', detail: reasonOf(op), did: commit.did }] : [],
  )
}

function reasonOf({ reason, error }: BadOp): string {
  return `${reason}: ${error}`
}
