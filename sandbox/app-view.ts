import { createHash } from 'node:crypto'
import { type Answer, type Asked, LoopbackServer, json, xrpcError } from './loopback-server.ts'

type ProfileRecord = { displayName?: string; description?: string; avatar?: Blob_; banner?: Blob_; createdAt?: string }
type Blob_ = { ref?: { $link?: string } }

const maxActors = 25

/**
 * As much of an AppView as the platform asks of it: profiles from the PDS's records, and counts nobody else has, which
 * stay the same for the same person.
 */
export class AppView implements AsyncDisposable {
  readonly #pdsUrl: string
  #server: LoopbackServer | undefined

  private constructor(pdsUrl: string) {
    this.#pdsUrl = pdsUrl
  }

  static async start({ port = 0, pdsUrl }: { port?: number; pdsUrl: string }): Promise<AppView> {
    const appView = new AppView(pdsUrl)
    appView.#server = await LoopbackServer.listen(port, (asked) => appView.#answer(asked))
    return appView
  }

  get url(): string {
    return this.#server?.url ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  async #answer({ url }: Asked): Promise<Answer | undefined> {
    const { pathname, searchParams: query } = url
    if (pathname === '/_health' || pathname === '/xrpc/_health') return json({ version: 'sandbox' })
    if (pathname === '/xrpc/app.bsky.actor.getProfile') return this.#profile(query.get('actor'))
    if (pathname === '/xrpc/app.bsky.actor.getProfiles') return this.#profiles(query.getAll('actors'))
    const [, did, cid] = /^\/img\/(?:avatar|banner)\/plain\/(did:[^/]+)\/([a-z0-9]+)@jpeg$/.exec(pathname) ?? []
    return did && cid ? this.#picture(did, cid) : undefined
  }

  async #profile(actor: string | null): Promise<Answer> {
    if (!actor) return xrpcError('InvalidRequest', 'actor is required')
    const view = await this.#view(actor)
    return view ? json(view) : xrpcError('InvalidRequest', 'Profile not found')
  }

  async #profiles(actors: string[]): Promise<Answer> {
    if (actors.length === 0 || actors.length > maxActors) {
      return xrpcError('InvalidRequest', `actors: 1 to ${maxActors}`)
    }
    const views = await Promise.all(actors.map((actor) => this.#view(actor)))
    return json({ profiles: views.filter((view) => view !== undefined) })
  }

  /** Undefined for somebody the PDS does not know. */
  async #view(actor: string): Promise<object | undefined> {
    const about = await this.#ask<{ did: string; handle: string }>('com.atproto.repo.describeRepo', { repo: actor })
    if (!about) return undefined
    const { did, handle } = about
    const address = { repo: did, collection: 'app.bsky.actor.profile', rkey: 'self' }
    const found = await this.#ask<{ value: ProfileRecord }>('com.atproto.repo.getRecord', address)
    const { displayName, description, avatar, banner, createdAt } = found?.value ?? {}
    return {
      did,
      handle,
      displayName,
      description,
      avatar: this.#pictureUrl('avatar', did, avatar),
      banner: this.#pictureUrl('banner', did, banner),
      ...countsOf(did),
      createdAt,
      indexedAt: createdAt,
      labels: [],
    }
  }

  #pictureUrl(kind: string, did: string, blob: Blob_ | undefined): string | undefined {
    const cid = blob?.ref?.$link
    return cid && `${this.url}/img/${kind}/plain/${did}/${cid}@jpeg`
  }

  async #picture(did: string, cid: string): Promise<Answer> {
    const response = await fetch(this.#call('com.atproto.sync.getBlob', { did, cid }))
    const type = response.headers.get('content-type') ?? ''
    if (!response.ok || !/^image\/(?:jpeg|png|webp)$/.test(type)) return xrpcError('NotFound', 'no such picture', 404)
    const headers = { 'cache-control': 'public, max-age=31536000, immutable' }
    return { status: 200, type, body: new Uint8Array(await response.arrayBuffer()), headers }
  }

  /** Undefined where the PDS answers with an error of ours; throws while it is away. */
  async #ask<T>(method: string, params: Record<string, string>): Promise<T | undefined> {
    const response = await fetch(this.#call(method, params))
    if (response.status >= 500) throw new Error(`${method}: ${response.status}`)
    return response.ok ? ((await response.json()) as T) : undefined
  }

  #call(method: string, params: Record<string, string>): URL {
    return new URL(`/xrpc/${method}?${new URLSearchParams(params)}`, this.#pdsUrl)
  }
}

function countsOf(did: string): { followersCount: number; followsCount: number; postsCount: number } {
  const bytes = createHash('sha256').update(did).digest()
  const upTo = (max: number, at: number) => bytes.readUInt32LE(at) % max
  return { followersCount: 12 + upTo(900, 0), followsCount: 20 + upTo(400, 4), postsCount: upTo(2000, 8) }
}
