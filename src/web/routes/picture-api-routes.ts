import { z } from 'zod'
import { maxUploadBytes, storePicture } from '../../media/store-picture.ts'
import { signedIn } from '../kernel/policies.ts'
import { readUpload } from '../kernel/read-body.ts'
import { type Route, apiRoute, json } from '../kernel/route.ts'
import { imagePath } from '../view/person-view.ts'

const pictureRoute = apiRoute({
  method: 'POST',
  path: '/api/pictures',
  policy: signedIn,
  summary: 'Upload a picture for an event: its bytes, or a form with the field `picture`',
  tag: 'events',
  perMinute: 60,
  maxBodyBytes: maxUploadBytes + 64 * 1024,
  status: 201,
  answer: z.object({
    cid: z.string().describe('For `picture` of an event'),
    mimeType: z.string(),
    size: z.number().int(),
    width: z.number().int(),
    height: z.number().int(),
    url: z.string(),
  }),
  handle: async ({ request, subject: account }) => {
    const { http, services } = request
    const bytes = await readUpload(http.req.raw, { max: maxUploadBytes + 64 * 1024, field: 'picture' })
    const stored = await storePicture(services.db, { accountId: account.id, bytes })
    const url = `${services.config.publicUrl}${imagePath(account.did, stored.cid, 'cover')}`
    return json({ ...stored, url }, 201)
  },
})

export const pictureApiRoutes: Route[] = [pictureRoute]
