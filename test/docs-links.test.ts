import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const project = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(project, path), 'utf8')
const isThere = (path: string) => existsSync(join(project, path))
const listNames = (folder: string) => readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })

const documents = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...listNames('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

const withoutBlocks = (text: string) => text.replaceAll(/^```.*?^```/gms, '')

/** As GitHub names the anchors of headings. */
function listAnchors(document: string): string[] {
  const headings = [...withoutBlocks(document).matchAll(/^#+ (.*)$/gm)].map(([, words = '']) => words)
  return headings.map((words) =>
    words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function findBrokenLinks(path: string): string[] {
  const links = [...withoutBlocks(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return []
    const [file = '', anchor] = target.split('#', 2)
    const found = file === '' ? path : join(dirname(path), file)
    // The screenshots are taken last: they count once the folder is there.
    if (found.startsWith('docs/images/') && !isThere('docs/images')) return []
    if (!isThere(found)) return [target]
    return anchor === undefined || listAnchors(read(found)).includes(anchor) ? [] : [target]
  })
}

/** Files and folders in code spans, such as `src/base/config.ts`. Names with a letter for anything (`x-view.ts`, `NNNN`) are patterns. */
function findMissingPaths(path: string): string[] {
  const spans = [
    ...read(path).matchAll(/`((?:src|test|testkit|sandbox|scripts|lexicons|stand-ins|docs|bin)\/[^`\s]*)`/g),
  ]
  const paths = spans.map(([, span = '']) => span).filter((span) => !/\/x-|NNNN|[*…]/.test(span))
  return paths.filter((span) => !isThere(span))
}

/** Words in quotation marks after a test's path must be names in it. */
function findMissingTests(path: string): string[] {
  const lines = read(path).split('\n')
  return lines.flatMap((line) => {
    const [, file] = /^- `((?:src|test|sandbox)\/[^`]+\.test\.ts)`: "/.exec(line) ?? []
    if (file === undefined) return []
    const source = read(file)
    const named = [...line.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
    return named.filter((name) => !source.includes(name)).map((name) => `${file}: ${name}`)
  })
}

describe.each(documents)('%s', (path) => {
  it('links to what is there', () => expect(findBrokenLinks(path)).toEqual([]))
  it('names files that are there', () => expect(findMissingPaths(path)).toEqual([]))
  it('names tests that are there', () => expect(findMissingTests(path)).toEqual([]))
  it('names npm scripts and commands that are there', () => {
    const text = read(path)
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)
    const wanted = [...text.matchAll(/npm run ([a-z0-9]+)/g)].map(([, name = '']) => name)
    expect(wanted.filter((name) => !scripts.includes(name))).toEqual([])
    const called = [
      ...text.matchAll(/bin\/openmeet ([a-z-]+(?: (?:list|show|replay|discard|validate|refresh|reset|grant))?)/g),
    ]
    expect(called.map(([, words = '']) => words).filter((words) => !commands.includes(words))).toEqual([])
  })
})

/** What `openmeet` takes; a command of two words also by its first. */
const commands = readCommands()

function readCommands(): string[] {
  const sources = listNames('src/app/commands').map((name) => read(`src/app/commands/${name}`))
  const words = sources.flatMap((source) => [...source.matchAll(/words: '([^']+)'/g)].map(([, name = '']) => name))
  return ['demo', 'help', ...words, ...words.map((name) => name.split(' ', 1)[0] ?? '')]
}

describe('the README', () => {
  it('names each variable of the configuration, and no other', () => {
    const source = read('src/base/config.ts')
    const known = [...source.matchAll(/read(?:Text|Port|Flag|Choice|List|Urls?)\(env, '([A-Z_]+)'/g)]
    const rows = read('README.md')
      .split('\n')
      .filter((line) => /^\| `[A-Z]/.test(line))
    const named = rows.flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)])
    const toNames = (matches: RegExpMatchArray[]) => matches.map(([, name = '']) => name).sort()
    expect(toNames(named)).toEqual(toNames(known))
  })
})
