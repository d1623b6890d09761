import type { Log } from '../base/log.ts'
import { renewDueSessions } from '../atproto/session-manager.ts'
import { notify } from '../db/notify.ts'
import { resumeRepo } from '../records/outbox-store.ts'
import { findAccountByDid } from './account-store.ts'
import { type SessionRunContext, resumeSessionRun } from './session-run.ts'

/** Once a minute: sessions whose key came back are good again and their writes go on; those that are due are renewed. */
export async function renewSessions(context: SessionRunContext & { log: Log }, signal: AbortSignal): Promise<void> {
  const { db, oauth, log } = context
  for (const did of await oauth.reviveSessions()) {
    log.info('the key of a session is back', { did })
    await db.transaction().execute((tx) => resumeRepo(tx, did))
    await tellPerson(context, did)
  }
  const { renewed, reconnect, unavailable } = await renewDueSessions(oauth, db, signal)
  for (const did of reconnect) await tellPerson(context, did)
  if (renewed.length + reconnect.length + unavailable.length > 0)
    log.info('sessions renewed', {
      renewed: renewed.length,
      reconnect: reconnect.length,
      unavailable: unavailable.length,
    })
  await resumeSessionRun(context)
}

async function tellPerson({ db }: SessionRunContext, did: string): Promise<void> {
  const account = await findAccountByDid(db, did)
  if (account) await notify(db, 'live', `account:${account.id}`)
}
