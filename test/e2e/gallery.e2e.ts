import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import AxeBuilder from '@axe-core/playwright'
import { type Browser, chromium } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Assets, buildAssets } from '../../src/web/assets.ts'
import { securityHeaders } from '../../src/web/kernel/security-headers.ts'
import { coverArt } from '../../src/web/view/cover-art.ts'
import { seedOf } from '../../src/web/view/hue.ts'
import { now } from './sample-events.ts'
import { samplePages } from './sample-pages.ts'
import { sampleShell } from './sample-shell.ts'

/** Every page with a sample view, in both themes, on a phone and a desktop: screenshots to look at, and no findings of axe. */
const folder = process.env['GALLERY_DIR']
const only = process.env['GALLERY_ONLY'] ? process.env['GALLERY_ONLY'].split(',') : undefined
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 900 } }
const themes = ['light', 'dark'] as const
let browser: Browser
let server: Server
let url: string

beforeAll(async () => {
  if (folder) await mkdir(folder, { recursive: true })
  const assets = await buildAssets()
  server = createServer((request, response) => {
    void answer(assets, request.url ?? '/').then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'] })
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

type Answer = { status: number; headers: Record<string, string>; body: string | Uint8Array }

async function answer(assets: Assets, path: string): Promise<Answer> {
  const asset = assets.find(path)
  if (asset) return { status: 200, headers: { 'content-type': asset.type }, body: asset.body }
  if (path.startsWith('/img/')) return { status: 200, headers: { 'content-type': 'image/webp' }, body: await samplePicture(path) }
  const page = samplePages[path.slice(1)]
  if (!page) return { status: 404, headers: {}, body: '' }
  const nonce = randomBytes(12).toString('base64')
  const headers = securityHeaders({ nonce, publicUrl: 'http://127.0.0.1', allowPrivateNetwork: true, leaves: false })
  return { status: 200, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: page(sampleShell(assets.urls, nonce)) }
}

function samplePicture(path: string): Promise<Buffer> {
  const svg = coverArt(seedOf(path), seedOf(path) % 12).replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600"')
  return sharp(Buffer.from(svg.replaceAll(/oklch\(([\d.]+) ([\d.]+) (\d+)\)/g, (_, l: string, c: string, h: string) => `hsl(${(Number(h) + 330) % 360},${Number(c) * 400}%,${Number(l) * 85}%)`))).blur(1.2).webp().toBuffer()
}

async function look(name: string, theme: (typeof themes)[number], size: keyof typeof sizes) {
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: theme, deviceScaleFactor: size === 'phone' ? 2 : 1, reducedMotion: 'reduce', timezoneId: 'America/Los_Angeles' })
  const page = await context.newPage()
  await page.clock.setFixedTime(now)
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${url}/${name}`, { waitUntil: 'networkidle' })
  await page.evaluate(() => document.fonts.ready)
  if (folder) await page.screenshot({ path: `${folder}/${name}-${size}-${theme}.png`, fullPage: true })
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze()
  await context.close()
  return { complaints, overflow, findings: violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(' ')} — ${node.failureSummary?.split('\n')[1]?.trim()}`)) }
}

describe.each(Object.keys(samplePages).filter((name) => !only || only.includes(name)))('page %s', (name) => {
  for (const theme of themes) {
    for (const size of ['phone', 'desktop'] as const) {
      it(`has no findings on a ${size} in ${theme}`, async () => {
        expect(await look(name, theme, size)).toEqual({ complaints: [], overflow: 0, findings: [] })
      })
    }
  }
})
