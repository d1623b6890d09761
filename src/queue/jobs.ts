/** Every job: its payload, and how it is kept and tried again. Payloads are data of ours, small, and say no secret in clear. */
export type JobPayloads = {
  /** `sealed`: a MailMessage as base64 of a sealed value; it may carry a sign-in code. */
  'send-mail': { sealed: string }
  /** Reads identity and profile of one person from the network now. */
  'refresh-profile': { did: string }
  /** Reads the profiles that are due: of new shadow accounts, and of people not looked at for a while. */
  'refresh-due-profiles': Record<string, never>
  /** Renews the sessions that are due, and makes good again those whose key came back. */
  'renew-sessions': Record<string, never>
  /** Carries out an administrator's order to renew all sessions. */
  'session-run': { runId: number }
  /** Removes what has expired: web sessions, codes, half-finished sign-ins, rate limits. */
  cleanup: Record<string, never>
}

export type JobName = keyof JobPayloads

export type JobPolicy = {
  /** `short`: at most one waiting per `key`. `stately`: moreover at most one at work. */
  policy: 'standard' | 'short' | 'stately'
  retryLimit: number
  retryDelaySeconds: number
  retryDelayMaxSeconds: number
  /** A job that takes longer is taken for dead and started again. */
  expireSeconds: number
  /** A killed worker's job starts elsewhere after about this time; null: after `expireSeconds`. */
  heartbeatSeconds: number | null
  keepSeconds: number
}

const common: JobPolicy = {
  policy: 'standard',
  retryLimit: 5,
  retryDelaySeconds: 2,
  retryDelayMaxSeconds: 600,
  expireSeconds: 120,
  heartbeatSeconds: 10,
  keepSeconds: 3600,
}

export const jobPolicies: Record<JobName, JobPolicy> = {
  // A code is good for ten minutes; a reminder may come an hour late.
  'send-mail': { ...common, retryLimit: 12, retryDelayMaxSeconds: 900 },
  'refresh-profile': { ...common, policy: 'short' },
  'refresh-due-profiles': { ...common, policy: 'stately', retryLimit: 0, expireSeconds: 600 },
  'renew-sessions': { ...common, policy: 'stately', retryLimit: 0, expireSeconds: 600 },
  'session-run': { ...common, policy: 'stately', retryLimit: 20, expireSeconds: 3600 },
  cleanup: { ...common, policy: 'stately', retryLimit: 0 },
}
