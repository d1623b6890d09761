export type PictureKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

const ascii = (bytes: Uint8Array, from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))

/** What kind of picture the bytes are, by their own first bytes: never by a name or a header. SVG and the rest are none. */
export function sniffPicture(bytes: Uint8Array): PictureKind | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg'
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP') return 'webp'
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) return 'gif'
  return ascii(bytes, 4, 8) === 'ftyp' && /^(avif|avis|mif1)$/.test(ascii(bytes, 8, 12)) ? 'avif' : undefined
}
