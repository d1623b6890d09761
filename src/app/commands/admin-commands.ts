import { grantAdmin, revokeAdmin } from '../../accounts/admin.ts'
import { openServices } from '../open-services.ts'
import { type Command, UsageError } from './command.ts'

const grantCommand: Command = {
  words: 'admin grant',
  usage: 'DID|EMAIL',
  summary: 'make somebody who has signed in here an administrator',
  async run(context) {
    const [name] = context.words
    if (name === undefined || context.words.length > 1)
      throw new UsageError('admin grant takes one DID or mail address')
    await using services = await openServices(context)
    const { id, did, handle } = await grantAdmin(services.db, name)
    context.output.result({ id, did, handle }, `${handle ?? did ?? name} is an administrator now`)
  },
}

const revokeCommand: Command = {
  words: 'admin revoke',
  usage: 'DID|EMAIL',
  summary: 'take an administrator’s rights away',
  async run(context) {
    const [name] = context.words
    if (name === undefined || context.words.length > 1)
      throw new UsageError('admin revoke takes one DID or mail address')
    await using services = await openServices(context)
    const { id, did, handle } = await revokeAdmin(services.db, name, services.config.admins)
    context.output.result({ id, did, handle }, `${handle ?? did ?? name} is no administrator any more`)
  },
}

export const adminCommands: readonly Command[] = [grantCommand, revokeCommand]
