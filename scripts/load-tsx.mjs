import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire, enableCompileCache, registerHooks } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'

// Node runs .ts as it is, but not .tsx: esbuild turns the JSX into calls of Preact, and what it made is kept by content.
const require = createRequire(import.meta.url)
const cache = fileURLToPath(new URL('../node_modules/.cache/openmeet/', import.meta.url))
const { version } = require('esbuild/package.json')

enableCompileCache(join(cache, 'compiled'))
registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith('file:') || !new URL(url).pathname.endsWith('.tsx')) return nextLoad(url, context)
    return { format: 'module', source: transform(fileURLToPath(url)), shortCircuit: true }
  },
})

/** @param {string} file */
function transform(file) {
  const source = readFileSync(file, 'utf8')
  const key = createHash('sha256')
    .update(`${version}\n${basename(file)}\n${source}`)
    .digest('hex')
    .slice(0, 32)
  const kept = join(cache, 'tsx', `${key}.js`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const made = compile(file, source)
    keep(kept, made)
    return made
  }
}

/** @param {string} file @param {string} source @returns {string} */
function compile(file, source) {
  /** @type {typeof import('esbuild')} */
  const { transformSync } = require('esbuild')
  return transformSync(source, {
    loader: 'tsx',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    sourcefile: basename(file),
    sourcemap: 'inline',
    target: 'esnext',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  }).code
}

/** Renamed into place: several processes and threads may keep the same file at once. @param {string} path @param {string} text */
function keep(path, text) {
  const unfinished = `${path}.${process.pid}-${threadId}`
  mkdirSync(join(cache, 'tsx'), { recursive: true })
  writeFileSync(unfinished, text)
  renameSync(unfinished, path)
}
