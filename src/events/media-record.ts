import { type Json, type JsonObject, isJsonObject } from '../base/json.ts'
import type { Picture } from './event.ts'

/** Which entry stands for the event, best first. */
const roles = ['thumbnail', 'header', 'banner', 'poster']

/** The picture that stands for the event, and the entry of `media` that it is. */
export function findPicture(media: Json | undefined): { picture: Picture; entry: JsonObject } | undefined {
  if (!Array.isArray(media)) return undefined
  const found = media.flatMap((entry) => {
    const picture = isJsonObject(entry) ? readEntry(entry) : undefined
    return picture ? [{ picture, entry: entry as JsonObject }] : []
  })
  const rank = ({ entry }: { entry: JsonObject }) => {
    const at = roles.findIndex((role) => role === entry['role'])
    return at === -1 ? roles.length : at
  }
  return found.toSorted((a, b) => rank(a) - rank(b))[0]
}

/** `media` with `picture` in the place of the one that stood for the event; all other entries as they are. */
export function replacePicture(media: Json | undefined, picture: Picture | null): Json[] {
  const entries = Array.isArray(media) ? media : []
  const found = findPicture(media)
  const before = found?.entry
  const written = picture
    ? [picture.cid === found?.picture.cid ? describe(found.entry, picture) : writeEntry(picture)]
    : []
  if (!before) return [...written, ...entries]
  return entries.flatMap((entry) => (entry === before ? written : [entry]))
}

/** The same picture with other words for it: whatever else its app has said of it stays. */
function describe(entry: JsonObject, { alt }: Picture): JsonObject {
  const { alt: _, ...rest } = entry
  return alt === '' ? rest : { ...entry, alt }
}

function writeEntry({ cid, mimeType, size, alt, width, height }: Picture): JsonObject {
  return {
    role: 'thumbnail',
    content: { $type: 'blob', ref: { $link: cid }, mimeType, size },
    ...(alt !== '' && { alt }),
    ...(width !== undefined && height !== undefined && { aspect_ratio: { width, height } }),
  }
}

function readEntry(entry: JsonObject): Picture | undefined {
  const { content: blob } = entry
  if (!isJsonObject(blob) || !isJsonObject(blob['ref'])) return undefined
  const { $link: cid } = blob['ref']
  const { mimeType, size } = blob
  if (typeof cid !== 'string' || typeof mimeType !== 'string' || !mimeType.startsWith('image/')) return undefined
  const alt = typeof entry['alt'] === 'string' ? entry['alt'] : ''
  return { cid, mimeType, size: typeof size === 'number' ? size : 0, alt, ...readRatio(entry) }
}

function readRatio(entry: JsonObject): { width?: number; height?: number } {
  const ratio = entry['aspect_ratio'] ?? entry['aspectRatio']
  if (!isJsonObject(ratio)) return {}
  const { width, height } = ratio
  const isSize = (value: Json | undefined) => typeof value === 'number' && value > 0 && value < 100_000
  return isSize(width) && isSize(height) ? { width: width as number, height: height as number } : {}
}
