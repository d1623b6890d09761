import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { AppError } from '../../base/errors.ts'

export type ServerUser = { name: string; uid: number; gid: number }

const candidates = ['openmeet', 'postgres', 'node', 'nobody']

/**
 * Who the server runs as where we are root, which PostgreSQL refuses to be: the owner of the data folder where there is
 * one, else the first of a few unprivileged users. Undefined where we are not root: then it runs as we do.
 * Throws AppError where nobody will do.
 */
export async function findServerUser(clusterDir: string): Promise<ServerUser | undefined> {
  const owner = await stat(clusterDir).catch(() => undefined)
  if (process.getuid?.() !== 0) return checkOwnUser(clusterDir, owner?.uid)
  if (owner && owner.uid !== 0) return { name: String(owner.uid), uid: owner.uid, gid: owner.gid }
  const user = pickUser(await readFile('/etc/passwd', 'utf8').catch(() => ''))
  if (user) return user
  throw new AppError(
    'unavailable',
    `PostgreSQL does not run as root, and there is no user ${candidates.join(', ')} to run it as. Start OpenMeet as an ordinary user, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
  )
}

/** The first of the unprivileged users that this passwd file (passwd(5)) knows. */
export function pickUser(passwd: string): ServerUser | undefined {
  const users = passwd.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    return /^[1-9]\d*$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
  return candidates.flatMap((name) => users.find((user) => user.name === name) ?? []).at(0)
}

function checkOwnUser(clusterDir: string, owner: number | undefined): undefined {
  const uid = process.getuid?.()
  if (owner !== undefined && owner !== uid)
    throw new AppError(
      'unavailable',
      `The database in ${clusterDir} belongs to user ${owner}: start OpenMeet as that user, or choose another DATA_DIR.`,
    )
  try {
    userInfo()
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `User ${uid} has no entry in /etc/passwd, which PostgreSQL needs: add one, or set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    )
  }
}
