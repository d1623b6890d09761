import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { build, type OutputFile } from 'esbuild'
import { faviconSvg } from './ui/favicon.ts'
import type { AssetUrls } from './view/shell.ts'

type Asset = { body: Uint8Array<ArrayBuffer>; type: string; cacheControl: string; etag: string }
export type Assets = { urls: AssetUrls; find: (pathname: string) => Asset | undefined }

const types: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  woff2: 'font/woff2',
}

/**
 * Styles, the browser's script and the font, bundled in memory at start (≈ 50 ms): no build step, no files to keep in step.
 * Their names carry a hash of their content, so they may be cached for ever.
 */
export async function buildAssets(): Promise<Assets> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const { outputFiles } = await build({
    entryPoints: { app: here('./styles/app.css'), enhance: here('./client/enhance.ts') },
    outdir: '/assets',
    entryNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    publicPath: '/assets',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    supported: { nesting: true },
    loader: { '.woff2': 'file' },
    logLevel: 'silent',
  })
  const files = new Map(outputFiles.map((file) => [`/assets/${nameOf(file)}`, toAsset(file)]))
  files.set('/favicon.svg', svgAsset(faviconSvg))
  const url = (start: string, end: string) =>
    [...files.keys()].find((path) => path.startsWith(`/assets/${start}`) && path.endsWith(end)) ?? ''
  return {
    urls: { css: url('app-', '.css'), js: url('enhance-', '.js'), font: url('figtree-latin-wght', '.woff2') },
    find: (pathname) => files.get(pathname),
  }
}

function nameOf(file: OutputFile): string {
  return file.path.replaceAll('\\', '/').split('/').at(-1) ?? ''
}

function toAsset(file: OutputFile): Asset {
  const type = types[nameOf(file).split('.').at(-1) ?? ''] ?? 'application/octet-stream'
  return {
    body: new Uint8Array(file.contents),
    type,
    cacheControl: 'public, max-age=31536000, immutable',
    etag: `"${file.hash}"`,
  }
}

function svgAsset(svg: string): Asset {
  const body = new TextEncoder().encode(svg)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
  return { body, type: 'image/svg+xml', cacheControl: 'public, max-age=86400', etag }
}
