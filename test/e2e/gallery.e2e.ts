import { mkdir } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coverArt } from '../../src/web/view/cover-art.ts'
import { seedOf } from '../../src/web/view/hue.ts'
import { openBrowser, type PageServer, servePages } from './page-server.ts'
import { now } from './sample-events.ts'
import { samplePages } from './sample-pages.ts'

/**
 * Every page with a sample view, in both themes, from a small phone to a desktop: no finding of axe, nothing wider than
 * the screen, no word from the console (the policy's too). GALLERY_DIR keeps screenshots to look at, GALLERY_ONLY some pages.
 */
const folder = process.env['GALLERY_DIR']
const only = process.env['GALLERY_ONLY'] ? process.env['GALLERY_ONLY'].split(',') : undefined
const sizes = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 900 },
  small: { width: 320, height: 640 },
}
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
let browser: Browser
let server: PageServer

beforeAll(async () => {
  if (folder) await mkdir(folder, { recursive: true })
  server = await servePages(async (path, _request, _response, makeShell) => {
    if (path.startsWith('/img/')) return { headers: { 'content-type': 'image/webp' }, body: await samplePicture(path) }
    const page = samplePages[path.slice(1)]
    return page && { body: page(makeShell()) }
  })
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

const pictures = new Map<string, Promise<Buffer>>()

/** Something like a photo: the art, blurred. */
function samplePicture(path: string): Promise<Buffer> {
  const picture = pictures.get(path) ?? drawPicture(path)
  pictures.set(path, picture)
  return picture
}

function drawPicture(path: string): Promise<Buffer> {
  const svg = coverArt(seedOf(path), seedOf(path) % 12).replace(
    '<svg',
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"',
  )
  const plain = svg.replaceAll(
    /oklch\(([\d.]+) ([\d.]+) (\d+)\)/g,
    (_, l: string, c: string, h: string) => `hsl(${(Number(h) + 330) % 360},${Number(c) * 400}%,${Number(l) * 85}%)`,
  )
  return sharp(Buffer.from(plain)).blur(1.2).webp().toBuffer()
}

async function look(name: string, theme: 'light' | 'dark', size: keyof typeof sizes) {
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    deviceScaleFactor: size === 'desktop' || !folder ? 1 : 2,
    reducedMotion: 'reduce',
    timezoneId: 'America/Los_Angeles',
  })
  const page = await context.newPage()
  await page.clock.setFixedTime(now)
  const complaints: string[] = []
  page.on(
    'console',
    (message) => message.type() === 'error' && !message.text().includes('404') && complaints.push(message.text()),
  )
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${server.url}/${name}`, { waitUntil: 'load' })
  await page.evaluate(() => {
    for (const image of document.images) image.loading = 'eager'
    return Promise.all([
      document.fonts.ready,
      ...[...document.images].map((image) => image.decode().catch(() => undefined)),
    ])
  })
  if (folder) await page.screenshot({ path: `${folder}/${name}-${size}-${theme}.png`, fullPage: true })
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  const { violations } = size === 'small' ? { violations: [] } : await new AxeBuilder({ page }).withTags(tags).analyze()
  await context.close()
  return {
    complaints,
    overflow,
    findings: violations.flatMap((v) =>
      v.nodes.map((node) => `${v.id}: ${node.target.join(' ')} — ${node.failureSummary?.split('\n')[1]?.trim()}`),
    ),
  }
}

describe.each(Object.keys(samplePages).filter((name) => !only || only.includes(name)))('page %s', (name) => {
  // Each page in both themes and at all widths; all five together find nothing more, and take twice as long.
  it.each([
    ['phone', 'dark'],
    ['desktop', 'light'],
    ['small', 'light'],
  ] as const)('has no findings on %s in %s', async (size, theme) => {
    expect(await look(name, theme, size)).toEqual({ complaints: [], overflow: 0, findings: [] })
  })
})
