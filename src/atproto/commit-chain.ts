import { isSameCid } from './car-blocks.ts'
import type { CheckedCommit } from './verify-commit.ts'
import type { Refusal } from './verify-reason.ts'

/** `gap`: what lies between this commit and the last one of the repo that was seen does not fit together. */
export type ChainAnswer = 'follows' | 'gap' | Refusal

const maxRepos = 20_000

/**
 * Remembers the last signed commit of each repo, of this process and of the repos it saw last: commits without calendar ops
 * are not looked at, so a commit may well follow one that was not seen. One that was seen before is a replay, and follows.
 */
export function createCommitChain(limit = maxRepos): (commit: CheckedCommit) => ChainAnswer {
  const last = new Map<string, { rev: string; data: Uint8Array }>()
  return (commit) => {
    const known = last.get(commit.did)
    const answer = known ? compare(known, commit) : 'follows'
    if (typeof answer === 'object' || (known && commit.rev < known.rev)) return answer
    last.delete(commit.did)
    if (last.size >= limit) last.delete(last.keys().next().value ?? '')
    last.set(commit.did, { rev: commit.rev, data: commit.data })
    return answer
  }
}

function compare(known: { rev: string; data: Uint8Array }, commit: CheckedCommit): ChainAnswer {
  const { rev, since, data, prevData } = commit
  if (rev < known.rev) return 'follows'
  if (rev === known.rev) {
    if (isSameCid(data, known.data)) return 'follows'
    return { reason: 'rev-not-newer', error: 'another commit of this repo has the same rev' }
  }
  // Of a #sync nothing before it is known: it says itself that something is missing.
  if (since === undefined && !prevData) return 'follows'
  if (since !== known.rev) return since !== undefined && since > known.rev ? 'follows' : 'gap'
  return prevData && isSameCid(prevData, known.data) ? 'follows' : 'gap'
}
