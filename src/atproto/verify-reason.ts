/** Why a commit, a #sync or a proof is not believed. A short fixed list: it labels a metric and the dead letters. */
export type RefusalReason =
  | 'car-unreadable'
  | 'block-missing'
  | 'block-unreadable'
  | 'commit-unreadable'
  | 'did-mismatch'
  | 'rev-invalid'
  | 'rev-mismatch'
  | 'rev-in-future'
  | 'rev-not-newer'
  | 'cid-mismatch'
  | 'mst-proof-missing'
  | 'prev-data-missing'
  | 'inversion-failed'
  | 'key-missing'
  | 'signature-invalid'

export type Refusal = { reason: RefusalReason; error: string }

/** Thrown within a verification, and a value outside of it. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What a verification found out, or why it refuses. Errors of our own are thrown on. */
export function toRefusal<T>(verify: () => T): { value: T } | { refusal: Refusal } {
  try {
    return { value: verify() }
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error
    return { refusal: { reason: error.reason, error: error.message } }
  }
}
