import { once } from 'node:events'
import { type Config, type Role, allRoles } from '../../base/config.ts'
import { openDatabase } from '../../db/database.ts'
import { migrate } from '../../db/migrate.ts'
import { readList } from '../../base/read-env.ts'
import { startPlatform } from '../start-platform.ts'
import type { Command } from './command.ts'

export const startCommand: Command = {
  words: 'start',
  usage: '[--roles web,ingest,worker]',
  summary: 'run the platform, or some of its roles',
  flags: { roles: { type: 'string' } },
  async run({ config, log, output, flags, signal }) {
    const withRoles: Config = { ...config, roles: readRoles(flags['roles']) ?? config.roles }
    await using platform = await startPlatform({
      config: withRoles,
      log,
      onProgress: (message) => output.note(`${message} …`),
    })
    const { roles, publicUrl } = withRoles
    const where = platform.url === undefined ? '' : ` on ${platform.url} as ${publicUrl}`
    output.note(`OpenMeet runs (${roles.join(', ')})${where}. Ctrl-C ends it.`)
    if (!signal.aborted) await once(signal, 'abort')
    output.note('Ending …')
  },
}

function readRoles(text: string | boolean | string[] | undefined): Role[] | undefined {
  return typeof text === 'string' ? readList({ '--roles': text }, '--roles', allRoles) : undefined
}

export const migrateCommand: Command = {
  words: 'migrate',
  usage: '',
  summary: 'bring the database to what this version expects',
  async run({ config, log, output }) {
    await using database = await openDatabase({ ...config, log })
    const migrations = await migrate(database.db)
    const people = migrations.length > 0 ? `Done: ${migrations.join(', ')}` : 'The database is up to date.'
    output.result({ migrations }, people)
  },
}
