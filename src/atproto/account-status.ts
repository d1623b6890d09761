import type { AccountStatus } from './record-op.ts'

const inactive = new Set(['deactivated', 'suspended', 'takendown', 'deleted'])

function isInactive(status: unknown): status is AccountStatus {
  return typeof status === 'string' && inactive.has(status)
}

/** The state an `#account` message tells of. An inactive account in a state we do not know counts as deactivated. */
export function toAccountStatus(active: unknown, status: unknown): AccountStatus {
  if (active === true) return 'active'
  return isInactive(status) ? status : 'deactivated'
}
