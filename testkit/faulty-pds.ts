import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer, request as ask } from 'node:http'
import { type Socket, connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { trackSockets } from '../sandbox/loopback-server.ts'
import { findFreePort } from '../sandbox/ports.ts'
import { type TestSite, startTestSite } from './test-site.ts'

/** `drop-before`: the connection breaks and nothing was done; `drop-after`: it was done, and nobody is told. */
export type Fault =
  | 'drop-before'
  | 'drop-after'
  | 'slow'
  | 'rate-limited'
  | 'error'
  | 'gateway'
  | 'invalid-swap'
  | 'expired-token'
  | 'scope-missing'
  | 'deactivated'
  | 'refused'

export const faultKinds: readonly Fault[] = [
  'drop-before',
  'drop-after',
  'slow',
  'rate-limited',
  'error',
  'gateway',
  'invalid-swap',
  'expired-token',
  'scope-missing',
  'deactivated',
  'refused',
]

type FaultRule = {
  fault: Fault
  /** Of one person's calls only. */
  did?: string
  /** All that write, where none is named. */
  method?: string
  /** Of their record: a part of the request's body. */
  body?: string
  times: number
}
type Call = { method: string; did: string | undefined; at: number; fault: Fault | undefined }

const writes = /^com\.atproto\.repo\.(?:putRecord|deleteRecord|uploadBlob|applyWrites)$/

/** Stands before a PDS at the address that its accounts' DID documents name, and fails on command. */
export class FaultyPds implements AsyncDisposable {
  readonly calls: Call[] = []
  /** How long a slow answer takes, and how long a rate limit lasts. */
  slowMs = 1_500
  retryAfterSeconds = 2
  /** Told the body of each write that the PDS has carried out, whatever was answered to it. */
  onWritten: (body: string) => void = () => {}
  readonly #server: Server
  readonly #behind: number
  readonly #sockets = new Set<Socket>()
  #rules: FaultRule[] = []

  private constructor(behind: number) {
    this.#behind = behind
    this.#server = createServer((request, response) => void this.#answer(request, response))
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket) => this.#tunnel(request, socket))
    trackSockets(this.#server, this.#sockets)
  }

  static async start(port: number, behind: number): Promise<FaultyPds> {
    const faulty = new FaultyPds(behind)
    faulty.#server.listen(port, '127.0.0.1')
    await once(faulty.#server, 'listening')
    return faulty
  }

  /** The next calls that fit fail so. */
  fail(fault: Fault, rule: Partial<Omit<FaultRule, 'fault'>> = {}): void {
    this.#rules.push({ fault, times: 1, ...rule })
  }

  /** From now on everything works. */
  heal(): void {
    this.#rules = []
  }

  /** Of one person, or of all. */
  countWrites(did?: string): number {
    return this.calls.filter((call) => writes.test(call.method) && (did === undefined || call.did === did)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = Buffer.concat((await request.toArray()) as Buffer[])
      const fault = this.#note(request, body)
      if (fault === 'slow') await wait(this.slowMs)
      if (fault === 'drop-before') return void request.socket.destroy()
      if (fault !== undefined && fault !== 'slow' && fault !== 'drop-after') return this.#refuse(fault, response)
      const answer = await this.#forward(request, body)
      if (answer.status === 200 && request.url?.endsWith('.putRecord')) this.onWritten(body.toString())
      if (fault === 'drop-after') return void request.socket.destroy()
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body)
    } catch {
      // The PDS behind is gone: as if nobody listened here.
      request.socket.destroy()
    }
  }

  #note(request: IncomingMessage, body: Buffer): Fault | undefined {
    const [path = ''] = (request.url ?? '').split('?')
    const method = path.startsWith('/xrpc/') ? path.slice('/xrpc/'.length) : path
    const did = readDid(request.headers.authorization)
    const rule = this.#rules.find(
      (one) =>
        one.times > 0 &&
        (one.method === undefined ? writes.test(method) : one.method === method) &&
        (one.did === undefined || one.did === did) &&
        (one.body === undefined || body.includes(one.body)),
    )
    if (rule) rule.times--
    this.calls.push({ method, did, at: Date.now(), fault: rule?.fault })
    return rule?.fault
  }

  #refuse(fault: Exclude<Fault, 'slow' | 'drop-before' | 'drop-after'>, response: ServerResponse): void {
    const { status, error, message } = refusals[fault]
    const reset = String(Math.ceil(Date.now() / 1000) + this.retryAfterSeconds)
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(fault === 'expired-token' && { 'www-authenticate': 'DPoP error="invalid_token"' }),
      ...(fault === 'rate-limited' && {
        ...{ 'ratelimit-limit': '100', 'ratelimit-remaining': '0', 'ratelimit-reset': reset },
        'retry-after': String(this.retryAfterSeconds),
      }),
    })
    response.end(fault === 'gateway' ? 'Bad Gateway' : JSON.stringify({ error, message }))
  }

  async #forward(request: IncomingMessage, body: Buffer) {
    const { method, url: path, headers } = request
    const sent = ask({ host: '127.0.0.1', port: this.#behind, method, path, headers, agent: false })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const { 'transfer-encoding': _, ...kept } = answer.headers
    return {
      status: answer.statusCode ?? 502,
      headers: kept,
      body: Buffer.concat((await answer.toArray()) as Buffer[]),
    }
  }

  #tunnel(request: IncomingMessage, socket: Socket): void {
    const behind = connect(this.#behind, '127.0.0.1', () => {
      const lines = request.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      behind.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`)
      behind.pipe(socket).pipe(behind)
    })
    for (const [one, other] of [[socket, behind] as const, [behind, socket] as const]) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  }
}

const refusals = {
  'rate-limited': { status: 429, error: 'RateLimitExceeded', message: 'Rate Limit Exceeded' },
  error: { status: 500, error: 'InternalServerError', message: 'Internal Server Error' },
  gateway: { status: 502, error: '', message: '' },
  'invalid-swap': { status: 400, error: 'InvalidSwap', message: 'Record was at bafyreisomethingelse' },
  'expired-token': { status: 401, error: 'invalid_token', message: 'Token has expired' },
  'scope-missing': { status: 403, error: 'ScopeMissingError', message: 'Missing required scope "repo:x"' },
  deactivated: { status: 401, error: 'AccountDeactivated', message: 'Account is deactivated' },
  refused: { status: 400, error: 'InvalidRequest', message: 'Record/startsAt must be a valid date' },
}

/** Whose access token it is. */
function readDid(authorization = ''): string | undefined {
  const [, , payload = ''] = /^(?:DPoP|Bearer) ([^.]+)\.([^.]+)\./.exec(authorization) ?? []
  try {
    const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string }
    return sub
  } catch {
    return undefined
  }
}

export type FaultySite = TestSite & { faults: FaultyPds }

/** A site whose people's PDS fails on command. */
export async function startFaultySite(env: Record<string, string> = {}): Promise<FaultySite> {
  const [pds, pdsBehind] = [await findFreePort(), await findFreePort()]
  await using stack = new AsyncDisposableStack()
  const faults = stack.use(await FaultyPds.start(pds, pdsBehind))
  const site = stack.use(await startTestSite(env, { ports: { pds, pdsBehind } }))
  const owned = stack.move()
  return { ...site, faults, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
