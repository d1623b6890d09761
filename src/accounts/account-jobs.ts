import type { OAuth } from '../atproto/oauth.ts'
import type { Log } from '../base/log.ts'
import type { Db } from '../db/database.ts'
import type { Queue } from '../queue/queue.ts'
import { cleanUp } from './cleanup.ts'
import { type ProfileContext, refreshDueProfiles, refreshProfile } from './refresh-profile.ts'
import { renewSessions } from './renew-sessions.ts'
import type { Mailer } from './send-mail.ts'
import { workSessionRun } from './session-run.ts'

export type AccountJobs = {
  db: Db
  queue: Queue
  log: Log
  oauth: OAuth
  profiles: ProfileContext
  /** Undefined where SMTP_URL is not set: then no mail can have been asked for. */
  mailer: Mailer | undefined
}

/** Does the accounts' jobs in this process, by queue and by the clock. */
export async function registerAccountJobs(jobs: AccountJobs): Promise<void> {
  const { db, queue, log, profiles, mailer } = jobs
  if (mailer) await queue.work('send-mail', ({ sealed }) => mailer.send(sealed))
  else log.warn('SMTP_URL is not set: this site sends no mail, and nobody can sign in with a mail code')
  await queue.work('refresh-profile', ({ did }) => refreshProfile(profiles, did))
  await queue.work('refresh-due-profiles', (_, signal) => refreshDueProfiles(profiles, signal))
  await queue.work('renew-sessions', (_, signal) => renewSessions(jobs, signal))
  await queue.work('session-run', ({ runId }, signal) => workSessionRun(jobs, runId, signal))
  await queue.work('cleanup', () => cleanUp(db, jobs.oauth))
  await queue.schedule('refresh-due-profiles', '* * * * *')
  await queue.schedule('renew-sessions', '* * * * *')
  await queue.schedule('cleanup', '17 * * * *')
}

const debounceMs = 200

/** Call it for every notification on `profilesDueChannel`: people who were seen for the first time get their names within a second. */
export function createProfilesDueListener({ db, queue, log }: Pick<AccountJobs, 'db' | 'queue' | 'log'>): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    timer ??= setTimeout(() => {
      timer = undefined
      queue
        .enqueue(db, 'refresh-due-profiles', {})
        .catch((error: unknown) => log.warn('profiles wait for the next minute', { error: String(error) }))
    }, debounceMs).unref()
  }
}
