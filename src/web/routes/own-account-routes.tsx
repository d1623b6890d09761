import { z } from 'zod'
import { audit } from '../../accounts/audit.ts'
import { deleteAccount } from '../../accounts/delete-account.ts'
import { exportAccount } from '../../accounts/export-account.ts'
import { setListed } from '../../accounts/list-account.ts'
import { seeOtherWithFlash } from '../kernel/page.ts'
import { inBrowser } from '../kernel/policies.ts'
import { type Route, pageRoute } from '../kernel/route.ts'
import { t } from '../messages.ts'
import { deletePhrase } from '../view/delete-phrase.ts'
import { forgetBrowser } from './enter-site.ts'
import { showSettings } from './show-settings.tsx'

const policy = inBrowser

const unlistRoute = pageRoute({
  method: 'POST',
  path: '/settings/unlist',
  policy,
  handle: async ({ request, subject }) => {
    await setListed(request.services.db, subject.account.id, false)
    return seeOtherWithFlash(request, '/settings#listing', 'unlisted')
  },
})

const listRoute = pageRoute({
  method: 'POST',
  path: '/settings/list',
  policy,
  handle: async ({ request, subject }) => {
    await setListed(request.services.db, subject.account.id, true)
    return seeOtherWithFlash(request, '/settings#listing', 'listed')
  },
})

const exportRoute = pageRoute({
  method: 'GET',
  path: '/settings/export',
  policy,
  perMinute: 6,
  handle: async ({ request: { services }, subject: { account } }) => {
    const data = await exportAccount(services.db, account)
    await audit(services.db, { accountId: account.id, action: 'export', subject: String(account.id) })
    const day = new Date().toISOString().slice(0, 10)
    return new Response(JSON.stringify(data, null, 2), {
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-disposition': `attachment; filename="openmeet-${day}.json"`,
        'cache-control': 'no-store',
      },
    })
  },
})

const deleteRoute = pageRoute({
  method: 'POST',
  path: '/settings/delete',
  policy,
  body: z.object({ confirmation: z.string().catch(''), records: z.enum(['keep', 'delete']).catch('keep') }),
  perMinute: 10,
  handle: async ({ request, subject, body }) => {
    const phrase = deletePhrase(subject.account)
    if (body.confirmation.trim().replace(/^@/, '').toLowerCase() !== phrase) {
      const errors = [{ field: 'confirmation', message: t.settings.data.wrong(phrase) }]
      return showSettings(request, subject, { status: 422, errors, values: body })
    }
    const { db, oauth } = request.services
    const { id, did } = subject.account
    await deleteAccount(db, id, body.records)
    // Where records are still to be deleted, the session is what deletes them; it is given back afterwards.
    if (did !== null && body.records === 'keep') await oauth.disconnect(did)
    return forgetBrowser(request, seeOtherWithFlash(request, '/', 'account-deleted'))
  },
})

export const ownAccountRoutes: Route[] = [unlistRoute, listRoute, exportRoute, deleteRoute]
