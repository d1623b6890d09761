import { type Log, createLog } from '../src/base/log.ts'

/** A log that says nothing. */
export const silentLog: Log = createLog({ level: 'error', stream: { write: () => true } })
