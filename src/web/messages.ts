import { shellMessages } from './messages/shell-messages.ts'
import { exploreMessages } from './messages/explore-messages.ts'
import { eventMessages } from './messages/event-messages.ts'
import { blueskyMessages } from './messages/bluesky-messages.ts'
import { formMessages } from './messages/form-messages.ts'
import { peopleMessages } from './messages/people-messages.ts'
import { settingsMessages } from './messages/settings-messages.ts'
import { errorMessages } from './messages/error-messages.ts'
import { ingestMessages } from './messages/ingest-messages.ts'
import { adminMessages } from './messages/admin-messages.ts'
import { apiDocsMessages } from './messages/api-docs-messages.ts'
import { flashMessages } from './messages/flash-messages.ts'
import type { Flash } from './view/shell.ts'

/** Every word a page says, in one catalogue: another language is another object of this shape. */
export const t = {
  shell: shellMessages,
  explore: exploreMessages,
  event: eventMessages,
  bluesky: blueskyMessages,
  form: formMessages,
  people: peopleMessages,
  settings: settingsMessages,
  errors: errorMessages,
  apiDocs: apiDocsMessages,
  ingest: ingestMessages,
  admin: adminMessages,
}

export type FlashCode = keyof typeof flashMessages

/** The message a code of the `flash` cookie stands for; null where somebody made the code up. */
export function flashOf(code: string | undefined): Flash | null {
  return code !== undefined && Object.hasOwn(flashMessages, code) ? flashMessages[code as FlashCode] : null
}
