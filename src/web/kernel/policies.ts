import type { AccountRow } from '../../accounts/account.ts'
import { AppError } from '../../base/errors.ts'
import type { Policy, Viewer, WebRequest } from './route.ts'

export const anyone: Policy<null> = { name: 'anyone', admit: async () => null }

export const signedIn: Policy<AccountRow> = {
  name: 'signed in',
  admit: async (request) => getViewer(request).account,
}

/** Not by an API token: what only the person themselves may do, such as making another token. */
export const inBrowser: Policy<Extract<Viewer, { via: 'session' }>> = {
  name: 'signed in with a browser session',
  async admit(request) {
    const viewer = getViewer(request)
    if (viewer.via === 'session') return viewer
    throw new AppError('not-allowed', 'An API token cannot do this. Sign in with a browser.')
  },
}

export const admin: Policy<AccountRow> = {
  name: 'administrators',
  async admit(request) {
    const { account } = getViewer(request)
    if (account.is_admin) return account
    throw new AppError('not-allowed', 'Only administrators of this site may do this.')
  },
}

/** Who asks. Throws AppError `not-signed-in`. */
export function getViewer({ viewer }: WebRequest): Viewer {
  if (viewer) return viewer
  throw new AppError('not-signed-in', 'Sign in first.')
}
