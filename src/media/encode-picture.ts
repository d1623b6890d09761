import sharp, { type Sharp } from 'sharp'
import { errorText } from '../base/errors.ts'
import { sniffPicture } from './sniff-picture.ts'

export type EncodedPicture = { bytes: Buffer; mimeType: 'image/webp'; width: number; height: number }
export type Frame = { width: number; height: number; fit: 'inside' | 'cover' }

/** 50 megapixels: more than any camera here, less than what fills the memory (a bomb is small in bytes, not in pixels). */
const maxPixels = 50_000_000
const qualities = [84, 72, 58, 44, 30]

/** Why bytes are no picture we show. */
export class PictureRefused extends Error {
  override name = 'PictureRefused'
}

/**
 * The picture anew as WebP: turned upright, in sRGB, without metadata (places, names, cameras), one frame, never larger
 * than `frame`, at most `maxBytes`. Throws PictureRefused.
 */
export async function encodePicture(bytes: Uint8Array, frame: Frame, maxBytes = Infinity): Promise<EncodedPicture> {
  if (!sniffPicture(bytes)) throw new PictureRefused('Pictures can be JPEG, PNG, WebP, AVIF or GIF.')
  const picture = openPicture(bytes).resize({ ...frame, withoutEnlargement: true })
  for (const quality of qualities) {
    const encoded = await encode(picture, quality)
    if (encoded.bytes.length <= maxBytes) return encoded
  }
  throw new PictureRefused('This picture cannot be made small enough. Try one with less detail.')
}

function openPicture(bytes: Uint8Array): Sharp {
  return sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', pages: 1, animated: false })
    .autoOrient()
    .toColourspace('srgb')
}

async function encode(picture: Sharp, quality: number): Promise<EncodedPicture> {
  try {
    const { data, info } = await picture.clone().webp({ quality, effort: 4 }).toBuffer({ resolveWithObject: true })
    return { bytes: data, mimeType: 'image/webp', width: info.width, height: info.height }
  } catch (error) {
    throw new PictureRefused(
      /pixel limit/i.test(errorText(error))
        ? 'This picture has too many pixels.'
        : 'This picture is damaged or of a kind we cannot read.',
      { cause: error },
    )
  }
}
