import { audit } from '../../accounts/audit.ts'
import { isDid } from '../../atproto/did.ts'
import { findSessionState, listSessionStates } from '../../atproto/oauth-session-state.ts'
import { refreshSession, resetSession, validateSession } from '../../atproto/session-manager.ts'
import { openServices } from '../open-services.ts'
import { type Command, type CommandContext, UsageError } from './command.ts'

const listCommand: Command = {
  words: 'sessions list',
  usage: '',
  summary: 'how people are connected with their servers',
  async run(context) {
    await using services = await openServices(context)
    let count = 0
    for (let after: string | undefined; ;) {
      const page = await listSessionStates(services.db, after === undefined ? {} : { after })
      for (const session of page)
        context.output.result(session, `${session.did}  ${session.state}  ${session.lastError ?? ''}`.trimEnd())
      count += page.length
      after = page.at(-1)?.did
      if (page.length === 0) break
    }
    if (count === 0) context.output.note('Nobody is connected.')
  },
}

const validateCommand: Command = {
  words: 'sessions validate',
  usage: 'DID',
  summary: 'ask a person’s server whether it takes the session',
  async run(context) {
    const did = didOf(context)
    await using services = await openServices(context)
    const valid = await validateSession(services.oauth, did)
    context.output.result({ did, valid }, valid ? `${did} is connected` : `${did} must connect again`)
  },
}

const refreshCommand: Command = {
  words: 'sessions refresh',
  usage: 'DID',
  summary: 'renew a person’s tokens now',
  async run(context) {
    const did = didOf(context)
    await using services = await openServices(context)
    const session = await refreshSession(services.oauth, services.db, did)
    context.output.result(session ?? { did }, `${did} is renewed`)
  },
}

const resetCommand: Command = {
  words: 'sessions reset',
  usage: 'DID',
  summary: 'give a session back; its person is asked to connect again',
  async run(context) {
    const did = didOf(context)
    await using services = await openServices(context)
    await resetSession(services.oauth, services.db, did)
    await audit(services.db, { accountId: null, action: 'reset-session', subject: did, detail: { by: 'command' } })
    const session = await findSessionState(services.db, did)
    context.output.result(session ?? { did, state: 'none' }, `${did} must connect again`)
  },
}

function didOf({ words }: CommandContext): string {
  const [did = ''] = words
  if (isDid(did) && words.length === 1) return did
  throw new UsageError('name one person by their DID, such as did:plc:z72i7hdynmk6r22z27h6tvur')
}

export const sessionCommands: readonly Command[] = [listCommand, validateCommand, refreshCommand, resetCommand]
