import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestWeb, addPerson, openBrowser, openTestWeb } from '../../../testkit/test-web.ts'
import { newDid } from '../../../testkit/calendar-ops.ts'
import type { EventAnswer } from './event-answer.ts'
import { eventRoutes } from './event-routes.ts'

let web: TestWeb
beforeAll(async () => void (web = await openTestWeb()))
afterAll(async () => web[Symbol.asyncDispose]())

describe('events', () => {
  it('are made by the API and shown on their page and in the list', async () => {
    const ana = await addPerson(web, { did: newDid(), handle: 'ana.example', email: 'ana@secret.example' })
    const browser = await openBrowser(web, eventRoutes, ana)
    const body = { name: 'Sunrise swim', startsAt: '2030-06-01T07:00', timezone: 'Europe/Berlin' }
    const response = await browser.json('POST', '/api/events', body)
    expect(response.status).toBe(201)
    const event = (await response.json()) as EventAnswer
    expect(event).toMatchObject({
      name: 'Sunrise swim',
      startsAt: '2030-06-01T05:00:00.000Z',
      sync: { status: 'NEEDS_SYNC' },
    })
    const visitor = await openBrowser(web, eventRoutes)
    for (const path of ['/', `/events/${event.slug}`, '/?q=sunr']) {
      const page = await visitor.get(path)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('Sunrise swim')
    }
  })
})
