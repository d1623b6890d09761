import type { FieldError } from '../../base/errors.ts'

export type SignInPageView = {
  /** Path on this site to come back to. */
  returnTo: string
  identifier: string
  email: string
  errors: FieldError[]
  /** This site can send mail. */
  hasMail: boolean
  /** Handles of the demo's people, to sign in with a click. */
  demoHandles: string[]
  /** What the person was about to do, e.g. "answer", to say why we ask. */
  reason: SignInReason | null
  /** The answer that is given as soon as they have signed in. */
  willAnswer: 'going' | 'interested' | 'notgoing' | null
}

export type SignInReason = 'answer' | 'create' | 'claim' | 'leave'

/** As the link says, or as the page that asks for it shows. */
export function toSignInReason(text: string, returnTo: string): SignInReason | null {
  if (text === 'answer' || text === 'create' || text === 'claim' || text === 'leave') return text
  if (returnTo === '/events/new') return 'create'
  return returnTo.startsWith('/events/') ? 'answer' : null
}

export type MailCodePageView = {
  email: string
  errors: FieldError[]
  /** Of the demo: where its mail can be read. */
  mailboxUrl: string | null
}
