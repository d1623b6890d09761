/**
 * A process that renews one person's session when it is told to, and says what came of it: several of them at once are
 * what several processes of a site are. Its settings come from the environment.
 */
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { openIdentities } from '../src/atproto/identity.ts'
import { openOAuth } from '../src/atproto/oauth.ts'
import { errorText } from '../src/base/errors.ts'
import { createSealer } from '../src/base/seal.ts'
import { openDatabase } from '../src/db/database.ts'
import { silentLog } from './silent-log.ts'

const { TEST_DATABASE_URL = '', TEST_SECRET = '', TEST_PLC_URL = '', TEST_PDS_URL = '', TEST_DID = '' } = process.env
const allowPrivateNetwork = true

await using database = await openDatabase({ databaseUrl: TEST_DATABASE_URL, dataDir: tmpdir(), log: silentLog })
const { db, locks } = database
await using identities = openIdentities({
  db,
  plcUrl: TEST_PLC_URL,
  handleResolverUrl: TEST_PDS_URL,
  allowPrivateNetwork,
})
const sealer = createSealer(Buffer.from(TEST_SECRET, 'hex'))
const publicUrl = 'http://127.0.0.1:3999'
const oauth = await openOAuth({ db, sealer, identities, locks, publicUrl, allowPrivateNetwork })

console.log('ready')
await once(process.stdin, 'data')
console.log(await act())
process.stdin.destroy()

async function act(): Promise<string> {
  try {
    const session = await oauth.pdsSession(TEST_DID)
    const response = await session.fetch('/xrpc/com.atproto.server.getSession')
    return String(((await response.json()) as { did?: string }).did)
  } catch (error) {
    return errorText(error)
  }
}
