import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { callbackify } from 'node:util'
import { SMTPServer } from 'smtp-server'
import { type Answer, type Asked, LoopbackServer, json } from './loopback-server.ts'
import { mailPage, mailsPage } from './mail-pages.ts'
import { isPortTaken } from './ports.ts'
import { type CaughtMail, readMail } from './read-mail.ts'

const maxMails = 200
const maxMailBytes = 5 * 1024 * 1024

export type MailCatcherOptions = { smtpPort?: number; webPort?: number }

/** Takes every mail, delivers none, and shows them: pages for people, `/messages` for programs. */
export class MailCatcher implements AsyncDisposable {
  /** The newest first. */
  readonly mails: CaughtMail[] = []
  readonly #smtp: SMTPServer
  #web: LoopbackServer | undefined
  #ids = 0

  private constructor() {
    this.#smtp = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      size: maxMailBytes,
      logger: false,
      closeTimeout: 100,
      onData: (stream, session, done) => {
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        callbackify(() => this.#take(stream, recipients))(done)
      },
    })
    // A client that hangs up in the middle.
    this.#smtp.on('error', () => {})
  }

  static async start({ smtpPort = 0, webPort = 0 }: MailCatcherOptions = {}): Promise<MailCatcher> {
    const catcher = new MailCatcher()
    const smtp = catcher.#smtp.listen(smtpPort, '127.0.0.1')
    await once(smtp, 'listening')
    try {
      const listen = (port: number) => LoopbackServer.listen(port, (asked) => catcher.#answer(asked))
      // Nobody asked for just this port.
      catcher.#web = await listen(webPort).catch((error) => (isPortTaken(error) ? listen(0) : Promise.reject(error)))
    } catch (error) {
      await catcher[Symbol.asyncDispose]()
      throw error
    }
    return catcher
  }

  get smtpUrl(): string {
    return `smtp://127.0.0.1:${(this.#smtp.server.address() as AddressInfo).port}`
  }

  /** Of the page that lists the mails. */
  get url(): string {
    return this.#web?.url ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#web?.[Symbol.asyncDispose]()
    await new Promise<void>((resolve) => this.#smtp.close(resolve))
  }

  async #take(stream: Readable, recipients: string[]): Promise<void> {
    const mail = readMail(await buffer(stream))
    this.mails.unshift({ ...mail, id: ++this.#ids, receivedAt: new Date(), recipients })
    this.mails.length = Math.min(this.mails.length, maxMails)
  }

  #answer({ method, url }: Asked): Answer | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined
    if (url.pathname === '/') return page(mailsPage(this.mails))
    if (url.pathname === '/messages') return json(this.mails)
    const [, id, format] = /^\/messages\/(\d{1,9})(\.json)?$/.exec(url.pathname) ?? []
    const mail = this.mails.find((mail) => mail.id === Number(id))
    if (!mail) return undefined
    return format ? json(mail) : page(mailPage(mail))
  }
}

/** Nothing of a mail runs or loads here. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

function page(body: string): Answer {
  const headers = { 'content-security-policy': policy, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' }
  return { status: 200, type: 'text/html; charset=utf-8', body, headers }
}
