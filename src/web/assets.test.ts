import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { buildAssets } from './assets.ts'
import { hueAngles } from './view/hue.ts'

it('bundles styles, script and font under names that change with their content', async () => {
  const { urls, find } = await buildAssets()
  expect(urls.css).toMatch(/^\/assets\/app-[A-Z0-9]{8}\.css$/)
  expect(urls.js).toMatch(/^\/assets\/enhance-[A-Z0-9]{8}\.js$/)
  expect(urls.font).toMatch(/^\/assets\/figtree-latin-wght-normal-[A-Z0-9]{8}\.woff2$/)
  const css = new TextDecoder().decode(find(urls.css)?.body)
  expect(css).toContain(urls.font)
  expect(css).not.toMatch(/url\((?!["']?\/assets\/)/)
  expect(find(urls.js)?.body.length).toBeLessThan(12_000)
  expect(find('/assets/../package.json')).toBeUndefined()
})

it('knows the same hues in styles and in code', async () => {
  const css = await readFile(new URL('./styles/hues.css', import.meta.url), 'utf8')
  expect(
    [...css.matchAll(/\.hue-(\d+) \{\s*--h: (\d+);/g)].map((match) => [Number(match[1]), Number(match[2])]),
  ).toEqual([...hueAngles.entries()])
})
