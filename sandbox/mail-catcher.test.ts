import { createTransport, type SendMailOptions } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MailCatcher } from './mail-catcher.ts'

let catcher: MailCatcher

beforeAll(async () => {
  catcher = await MailCatcher.start()
})
afterAll(() => catcher[Symbol.asyncDispose]())

const send = (mail: SendMailOptions) => createTransport(catcher.smtpUrl).sendMail(mail)
const get = async (path: string) => fetch(new URL(path, catcher.url))

test('a mail is caught whole, with its text and its HTML', async () => {
  const text = 'Dein Code: 483 920\n\nhttps://example.org/a?b=1&c=2 – schöne Grüße, ' + 'lang '.repeat(60).trim()
  await send({
    from: 'OpenMeet <no-reply@example.org>',
    to: ['zoë@example.org', 'b@example.org'],
    subject: 'Dein Code für Straße – 483 920 und ein sehr langer Betreff, der umgebrochen wird',
    text,
    html: `<p>${text}</p>`,
  })
  const [mail] = (await (await get('/messages')).json()) as { [key: string]: unknown }[]
  expect(mail).toMatchObject({
    from: 'OpenMeet <no-reply@example.org>',
    subject: 'Dein Code für Straße – 483 920 und ein sehr langer Betreff, der umgebrochen wird',
    text,
    html: `<p>${text}</p>`,
  })
  expect(mail?.['recipients']).toContain('b@example.org')
})

test('nothing of a mail becomes markup of the page', async () => {
  const evil = `<script>alert(1)</script><img src=x onerror='alert("2")'>`
  await send({ from: 'a@example.org', to: 'b@example.org', subject: evil, text: `${evil} https://example.org/"><b>` })
  for (const path of ['/', `/messages/${catcher.mails[0]?.id}`]) {
    const response = await get(path)
    const html = await response.text()
    expect(html).toContain('&lt;script&gt;')
    expect(html).not.toMatch(/<(?:script|img|b)[\s>]/)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test('asked under another host’s name it says nothing', async () => {
  const response = await fetch(new URL('/messages', catcher.url))
  expect(response.status).toBe(200)
  const { request } = await import('node:http')
  const status = await new Promise((resolve) => {
    request(new URL('/messages', catcher.url), { headers: { host: 'evil.example' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    }).end()
  })
  expect(status).toBe(400)
  expect((await get('/messages/999')).status).toBe(404)
})
