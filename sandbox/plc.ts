import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import * as lib from '@did-plc/lib'
import { type Answer, type Asked, LoopbackServer, json } from './loopback-server.ts'

export type PlcOptions = {
  port?: number
  /** JSON lines, an operation each: read at the start, appended to. Without one, all is forgotten at the end. */
  file?: string
}

type PlcLine = { did: string; operation: lib.CompatibleOpOrTombstone; createdAt: string; nullified: string[] }

/** A PLC directory (https://web.plc.directory/spec/v0.1/did-plc): checks signed operations and keeps them in order. */
export class Plc implements AsyncDisposable {
  readonly #logs = new Map<string, lib.IndexedOperation[]>()
  readonly #file: string | undefined
  #server: LoopbackServer | undefined

  private constructor(file: string | undefined) {
    this.#file = file
  }

  static async start({ port = 0, file }: PlcOptions = {}): Promise<Plc> {
    const plc = new Plc(file)
    if (file && existsSync(file)) await plc.#load(readFileSync(file, 'utf8'))
    plc.#server = await LoopbackServer.listen(port, (asked) => plc.#answer(asked))
    return plc
  }

  get url(): string {
    return this.#server?.url ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]()
  }

  async #load(text: string): Promise<void> {
    for (const line of text.split('\n').filter(Boolean)) {
      const { did, operation, createdAt, nullified } = JSON.parse(line) as PlcLine
      await this.#keep(did, operation, { createdAt, nullified })
    }
  }

  async #keep(
    did: string,
    operation: lib.CompatibleOpOrTombstone,
    { createdAt, nullified }: Omit<PlcLine, 'did' | 'operation'>,
  ): Promise<void> {
    const { cid } = await lib.getLastOpWithCid([operation])
    const log = this.#logs.get(did) ?? []
    for (const entry of log) entry.nullified ||= nullified.includes(entry.cid.toString())
    log.push({ did, operation, cid, nullified: false, createdAt: new Date(createdAt) })
    this.#logs.set(did, log)
  }

  async #answer({ method, url, text }: Asked): Promise<Answer | undefined> {
    if (url.pathname === '/_health') return json({ version: 'sandbox' })
    const [, did = '', ...rest] = decodeURIComponent(url.pathname).split('/')
    if (!did.startsWith('did:plc:')) return undefined
    if (method === 'POST') return this.#post(did, JSON.parse(await text()))
    const log = this.#logs.get(did)
    return log ? this.#read(did, log, rest.join('/')) : json({ message: `DID not registered: ${did}` }, 404)
  }

  async #post(did: string, operation: lib.CompatibleOpOrTombstone): Promise<Answer> {
    try {
      const { nullified } = await lib.assureValidNextOp(did, this.#logs.get(did) ?? [], operation)
      const rest = { createdAt: new Date().toISOString(), nullified: nullified.map(String) }
      await this.#keep(did, operation, rest)
      if (this.#file) appendFileSync(this.#file, `${JSON.stringify({ did, operation, ...rest })}\n`)
      return json({})
    } catch (error) {
      if (error instanceof lib.PlcError || (error instanceof Error && error.name === 'ZodError'))
        return json({ message: error.message }, 400)
      throw error
    }
  }

  #read(did: string, log: lib.IndexedOperation[], what: string): Answer | undefined {
    const valid = log.filter(({ nullified }) => !nullified).map(({ operation }) => operation)
    if (what === 'log') return json(valid)
    if (what === 'log/last') return json(valid.at(-1))
    if (what === 'log/audit') return json(log.map((entry) => ({ ...entry, cid: entry.cid.toString() })))
    const last = valid.at(-1)
    const data = last && lib.opToData(did, last)
    if (!data) return json({ message: `DID not available: ${did}` }, 410)
    if (what === 'data') return json(data)
    if (what !== '') return undefined
    return { ...json(lib.formatDidDoc(data)), type: 'application/did+ld+json' }
  }
}
