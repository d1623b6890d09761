import { existsSync, readFileSync } from 'node:fs'
import { zstdDecompressSync } from 'node:zlib'
import { readDidDocument, signingKeyOf } from '../src/atproto/did-document.ts'

/** Frames of a firehose, and the keys (did:key) of their authors. */
export type CapturedFrames = { frames: Buffer[]; keys: Map<string, string> }

/** What a real PDS sent: testkit/frames/README.md. */
export function readPdsFrames(): CapturedFrames {
  const folder = new URL('frames/', import.meta.url)
  return {
    frames: splitFrames(readFileSync(new URL('pds-frames.bin', folder))),
    keys: toKeys(JSON.parse(readFileSync(new URL('did-documents.json', folder), 'utf8'))),
  }
}

/** A capture of the network's firehose, which is not part of the project: its folder is next to it, or FRAMES names it. */
export const captureFolder = new URL(
  `${process.env['FRAMES'] ?? new URL('../../shared/data/frames', import.meta.url).pathname}/`,
  import.meta.url,
)

/** Undefined where there is no capture. */
export function readCapture(): CapturedFrames | undefined {
  if (!existsSync(captureFolder)) return undefined
  const unpack = (name: string) => zstdDecompressSync(readFileSync(new URL(name, captureFolder)))
  return {
    frames: splitFrames(unpack('frames.bin.zst')),
    keys: toKeys(JSON.parse(unpack('did_docs.json.zst').toString())),
  }
}

function splitFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at)
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}

function toKeys(docs: unknown): Map<string, string> {
  const list = Object.values(docs as { [key: string]: { id: string } })
  return new Map(
    list.flatMap((json) => {
      const doc = readDidDocument(json, json.id)
      const key = doc && signingKeyOf(doc)
      return key ? [[json.id, key] as const] : []
    }),
  )
}
