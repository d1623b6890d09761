/**
 * SQLSTATE classes that say nothing against the statement's data: connection, transaction rollback (deadlock,
 * serialization), our own SQL, out of resources, locks, shutdown, input/output, internal.
 */
const transientClasses = new Set(['08', '25', '28', '3D', '40', '42', '53', '55', '57', '58', 'F0', 'XX'])

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN'])

/** The database refused, and the same work may succeed later: it is not the data's fault. */
export function isTransientError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof RacedError) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (networkCodes.has(code) || transientClasses.has(code.slice(0, 2))) return true
  return code === '' && /^(Connection terminated|timeout exceeded|Client has encountered)/.test(error.message)
}

/** Somebody else changed a row between two statements of ours: the transaction is to be done again. */
export class RacedError extends Error {
  override readonly name = 'RacedError'
}
