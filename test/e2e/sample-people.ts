import { seedOf } from '../../src/web/view/hue.ts'
import { type PersonView, toPerson } from '../../src/web/view/person-view.ts'

/** People of an imaginary town. `pictured`: with an avatar. */
function samplePerson(
  name: string,
  handle: string | null,
  options: { pictured?: boolean; shadow?: boolean } = {},
): PersonView {
  return toPerson({
    id: seedOf(name) % 1000,
    did: handle ? `did:plc:${seedOf(handle).toString(36)}abcdefghijklmnop`.slice(0, 32) : null,
    handle,
    display_name: name,
    avatar_cid: options.pictured ? `bafyface${seedOf(name)}` : null,
    claimed_at: options.shadow ? null : new Date('2026-01-01T00:00:00Z'),
  })
}

export const ana = samplePerson('Ana Marques', 'ana.harbour.example', { pictured: true })
export const jules = samplePerson('Jules Kaiser', 'jules.harbour.example', { pictured: true })
export const rosa = samplePerson('Rosa Sundström', 'rosa.network.example', { shadow: true })
export const liang = samplePerson('李昂', 'liang.example', { pictured: true })
const mailOnly = samplePerson('Béatrice', null)
export const crowd = [
  ana,
  samplePerson('Tomasz Wójcik', 'tomasz.example'),
  rosa,
  liang,
  samplePerson('Noor van Vliet', 'noor.example'),
  samplePerson('Bo Tran', 'bo.example', { pictured: true }),
  mailOnly,
]
