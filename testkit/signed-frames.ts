import { BytesWrapper, CidLinkWrapper, encode } from '@atcute/cbor'
import { type Keypair, P256Keypair, Secp256k1Keypair } from '@atproto/crypto'
import { jsonToLex } from '@atproto/lex-json'
import {
  BlockMap,
  MemoryBlockstore,
  type RecordWriteOp,
  Repo,
  WriteOpAction,
  blocksToCarFile,
  getFullRepo,
  getRecords,
} from '@atproto/repo'
import type { JsonObject } from '../src/base/json.ts'
import { newDid } from './calendar-ops.ts'

export type TestWrite = { collection: string; rkey: string; record?: JsonObject }

/** A frame as its two CBOR maps, so that a test may change any part of it. */
export type FrameParts = { header: { t: string; op: number }; body: { [key: string]: unknown } }

export function toFrame({ header, body }: FrameParts): Buffer {
  return Buffer.concat([encode(header), encode(body)])
}

export type FrameOp = { action: string; path: string; cid: CidLinkWrapper | null; prev?: CidLinkWrapper }

/** A repo signed with a key of its own, by the reference implementation, and the frames its PDS would send. */
export class SignedRepo {
  readonly did: string
  key: Keypair
  #repo: Repo
  #seq = 0

  private constructor(did: string, key: Keypair, repo: Repo) {
    this.did = did
    this.key = key
    this.#repo = repo
  }

  static async create({ curve = 'k256', did = newDid() }: { curve?: 'k256' | 'p256'; did?: string } = {}) {
    const key = await newKey(curve)
    return new SignedRepo(did, key, await Repo.create(new MemoryBlockstore(), did, key))
  }

  get rev(): string {
    return this.#repo.commit.rev
  }

  async cidOf(path: string) {
    return this.#repo.data.get(path)
  }

  /** As the CAR of com.atproto.sync.getRepo. */
  async car(): Promise<Uint8Array> {
    return collect(getFullRepo(this.#repo.storage, this.#repo.cid))
  }

  /** As com.atproto.sync.getRecord answers. */
  async proof(collection: string, rkey: string): Promise<Uint8Array> {
    return collect(getRecords(this.#repo.storage, this.#repo.cid, [{ collection, rkey }] as never))
  }

  /** A record is made or changed; without `record` it is deleted. */
  async commit(...writes: TestWrite[]): Promise<FrameParts> {
    const before = this.#repo
    const ops = await Promise.all(writes.map((write) => this.#toOp(write)))
    const data = await before.formatCommit(
      ops.map(({ write }) => write),
      this.key,
    )
    this.#repo = await before.applyCommit(data)
    const blocks = new BlockMap()
    blocks.addMap(data.newBlocks)
    blocks.addMap(data.relevantBlocks)
    const told = await Promise.all(ops.map(async ({ write, prev }) => this.#tell(write, prev)))
    return this.#frame('#commit', {
      repo: this.did,
      commit: link(data.cid),
      rev: data.rev,
      since: data.since,
      prevData: link(before.commit.data),
      ops: told,
      blobs: [],
      tooBig: false,
      rebase: false,
      blocks: new BytesWrapper(await blocksToCarFile(data.cid, blocks)),
    })
  }

  /** The frame that tells where the repo stands, with its commit alone. */
  async sync(): Promise<FrameParts> {
    const { cid, storage } = this.#repo
    const blocks = new BlockMap()
    blocks.set(cid, (await storage.getBytes(cid)) ?? new Uint8Array())
    const car = new BytesWrapper(await blocksToCarFile(cid, blocks))
    return this.#frame('#sync', { did: this.did, rev: this.rev, blocks: car })
  }

  async #toOp({ collection, rkey, record }: TestWrite): Promise<{ write: RecordWriteOp; prev?: CidLinkWrapper }> {
    const known = await this.#repo.data.get(`${collection}/${rkey}`)
    const address = { collection, rkey } as { collection: 'a.b.c'; rkey: 'self' }
    const prev = known ? { prev: link(known) } : {}
    if (!record) return { write: { action: WriteOpAction.Delete, ...address }, ...prev }
    const action = known ? WriteOpAction.Update : WriteOpAction.Create
    return { write: { action, ...address, record: jsonToLex(record) } as RecordWriteOp, ...prev }
  }

  async #tell({ action, collection, rkey }: RecordWriteOp, prev: CidLinkWrapper | undefined): Promise<FrameOp> {
    const path = `${collection}/${rkey}`
    const cid = await this.#repo.data.get(path)
    return { action, path, cid: cid ? link(cid) : null, ...(prev && { prev }) }
  }

  #frame(t: string, body: { [key: string]: unknown }): FrameParts {
    return { header: { t, op: 1 }, body: { seq: ++this.#seq, time: new Date().toISOString(), ...body } }
  }
}

export async function newKey(curve: 'k256' | 'p256'): Promise<Keypair> {
  return curve === 'k256' ? Secp256k1Keypair.create() : P256Keypair.create()
}

function link({ bytes }: { bytes: Uint8Array }): CidLinkWrapper {
  return new CidLinkWrapper(bytes)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(chunks))
}
