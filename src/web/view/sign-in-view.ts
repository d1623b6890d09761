import type { FieldError } from '../../base/errors.ts'

export type SignInPageView = {
  /** Path on this site to come back to. */
  returnTo: string
  identifier: string
  email: string
  errors: FieldError[]
  /** Handles of the demo's people, to sign in with a click. */
  demoHandles: string[]
  /** What the person was about to do, e.g. "answer", to say why we ask. */
  reason: 'answer' | 'create' | 'claim' | null
}

export type MailCodePageView = {
  /** Of the code's row. */
  id: string
  email: string
  errors: FieldError[]
  /** Of the demo: where its mail can be read. */
  mailboxUrl: string | null
}
