import { type Transporter, createTransport } from 'nodemailer'
import { errorText } from '../base/errors.ts'
import type { Sealer } from '../base/seal.ts'
import type { Tx } from '../db/database.ts'
import type { Queue } from '../queue/queue.ts'
import { type MailMessage, oneLine } from './mail-message.ts'

const context = 'send-mail'
const limits = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
  disableFileAccess: true,
  disableUrlAccess: true,
}

/** Puts a mail into the queue, in the transaction that is the reason for it. Sealed: it may carry a code, and it carries an address. */
export async function enqueueMail(
  tx: Tx,
  { queue, sealer }: { queue: Queue; sealer: Sealer },
  message: MailMessage,
): Promise<void> {
  await queue.enqueue(tx, 'send-mail', { sealed: sealer.seal(JSON.stringify(message), context).toString('base64') })
}

export type Mailer = AsyncDisposable & {
  /** Sends what enqueueMail sealed; throws where the server did not take it. */
  send(sealed: string): Promise<void>
}

export function openMailer({
  smtpUrl,
  mailFrom,
  sealer,
}: {
  smtpUrl: string
  mailFrom: string
  sealer: Sealer
}): Mailer {
  const transport: Transporter = createTransport({ url: smtpUrl, ...limits })
  return {
    async send(sealed) {
      const message = JSON.parse(sealer.open(Buffer.from(sealed, 'base64'), context)) as MailMessage
      await transport
        .sendMail({
          from: mailFrom,
          to: { name: '', address: message.to },
          subject: oneLine(message.subject),
          text: message.text,
          html: message.html,
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
        .catch((error: unknown) => {
          // Servers repeat the address they refuse; it must not end up in a log.
          throw new Error(errorText(error).replaceAll(message.to, '(address)'))
        })
    },
    async [Symbol.asyncDispose]() {
      transport.close()
    },
  }
}
