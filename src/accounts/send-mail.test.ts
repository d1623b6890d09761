import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createSealer } from '../base/seal.ts'
import { codeMail } from './mail-message.ts'
import { type Mailer, openMailer } from './send-mail.ts'

const sealer = createSealer(randomBytes(32))
let mails: string[]
let server: SMTPServer
let mailer: Mailer

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('gone@') ? new Error(`no such user ${address}`) : null),
    async onData(stream, _session, done) {
      let text = ''
      for await (const chunk of stream) text += String(chunk)
      mails.push(text)
      done()
    },
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.server.address() as AddressInfo
  mailer = openMailer({ smtpUrl: `smtp://127.0.0.1:${port}`, mailFrom: 'OpenMeet <no-reply@meet.example.org>', sealer })
})
beforeEach(() => {
  mails = []
})
afterAll(async () => {
  await mailer[Symbol.asyncDispose]()
  await new Promise<void>((done) => server.close(done))
})

const send = (message: object) => mailer.send(sealer.seal(JSON.stringify(message), 'send-mail').toString('base64'))

test('a code arrives as text and as HTML, from the site, to one person', async () => {
  await send(codeMail('ana@example.org', '012345', 'meet.example.org'))
  const [mail = ''] = mails
  expect(mail).toMatch(/^From: OpenMeet <no-reply@meet\.example\.org>$/m)
  expect(mail).toMatch(/^To: <?ana@example\.org>?$/m)
  expect(mail).toMatch(/^Subject: 012 345 is your code for meet\.example\.org$/m)
  expect(mail).toMatch(/^Auto-Submitted: auto-generated$/m)
  expect(mail).toContain('Content-Type: text/plain')
  expect(mail).toContain('Content-Type: text/html')
})

test('nothing in a subject becomes another header', async () => {
  await send({ to: 'ana@example.org', subject: 'Hello\r\nBcc: eve@example.org\r\n\r\nbody', text: 'x', html: 'x' })
  expect(mails[0]).not.toMatch(/^Bcc:/m)
  expect(mails).toHaveLength(1)
})

test('an address that is refused is an error that does not repeat it; a changed job is not sent', async () => {
  await expect(send(codeMail('gone@example.org', '012345', 'meet.example.org'))).rejects.toThrow(
    /no such user \(address\)/,
  )
  await expect(mailer.send(Buffer.from('x'.repeat(80)).toString('base64'))).rejects.toThrow(/send-mail/)
  expect(mails).toEqual([])
})
