import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { encodePicture, PictureRefused } from './encode-picture.ts'
import { isBlobCid } from './image-variant.ts'
import { sniffPicture } from './sniff-picture.ts'

const inside = { width: 300, height: 300, fit: 'inside' } as const
const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: 'white' },
  })

describe('sniffPicture', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('knows %s by its bytes', async (kind) => {
    expect(sniffPicture(await noise(8, 8).toFormat(kind).toBuffer())).toBe(kind)
  })

  it.each(['<svg xmlns="http://www.w3.org/2000/svg"/>', '<?xml version="1.0"?><svg/>', '%PDF-1.7', '', 'GIF'])(
    'knows that %s is none',
    (text) => {
      expect(sniffPicture(Buffer.from(text))).toBeUndefined()
    },
  )
})

describe('encodePicture', () => {
  it('makes a WebP that fits the frame and carries no metadata', async () => {
    const photo = await noise(900, 600)
      .jpeg()
      .withExif({ IFD0: { Artist: 'somebody', Make: 'camera' } })
      .toBuffer()
    const { bytes, ...facts } = await encodePicture(photo, inside)
    expect(facts).toEqual({ mimeType: 'image/webp', width: 300, height: 200 })
    expect((await sharp(bytes).metadata()).exif).toBeUndefined()
  })

  it('turns a picture upright', async () => {
    const lying = await noise(40, 20).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    expect(await encodePicture(lying, inside)).toMatchObject({ width: 20, height: 40 })
  })

  it('never enlarges', async () => {
    expect(await encodePicture(await noise(30, 30).png().toBuffer(), inside)).toMatchObject({ width: 30, height: 30 })
  })

  it('gives up quality before it gives up the limit', async () => {
    const photo = await noise(1200, 1200).jpeg({ quality: 95 }).toBuffer()
    const { bytes } = await encodePicture(photo, { width: 1200, height: 1200, fit: 'inside' }, 900_000)
    expect(bytes.length).toBeLessThanOrEqual(900_000)
  })

  it('refuses what is no picture, damaged, or a bomb', async () => {
    const bomb = await sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'white' } })
      .png({ compressionLevel: 9 })
      .toBuffer()
    const whole = await noise(300, 300).png().toBuffer()
    await expect(encodePicture(Buffer.from('<svg/>'), inside)).rejects.toThrow(PictureRefused)
    await expect(encodePicture(whole.subarray(0, 2000), inside)).rejects.toThrow(/damaged/)
    await expect(encodePicture(bomb, inside)).rejects.toThrow(/too many pixels/)
  })
})

it('looks up blobs only', () => {
  expect(isBlobCid('bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq')).toBe(true)
  expect(isBlobCid('bafyreidfcm4u3vnuph5ltwdpssiz3a4xfbm2otjrdisftwnbfmnxd6lsxm')).toBe(false)
  expect(isBlobCid('../../etc/passwd')).toBe(false)
})
