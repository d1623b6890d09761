import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Source text by path from the project's folder, with `/`. */
export type SourceTree = Map<string, string>
export type Import = { from: string; to: string }

const roots = ['src', 'sandbox', 'testkit', 'test', 'bench', 'scripts']
const generated = 'src/atproto/lexicons/'

/** Everything we wrote ourselves. */
export function readSourceTree(project: string): SourceTree {
  const paths = roots.flatMap((root) => listFiles(project, root)).filter((path) => !path.startsWith(generated))
  return new Map(paths.map((path) => [path, readFileSync(join(project, path), 'utf8')]))
}

function listFiles(project: string, folder: string): string[] {
  try {
    const paths = readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    return paths
      .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
      .filter((path) => /\.(m?ts|tsx|mjs)$/.test(path))
  } catch {
    return [] // not every folder is there from the beginning
  }
}

const statement = /^\s*(?:import|export)\s+(?:type\s+)?(?:[\w\s{},*$]*?\s+from\s+)?'([^']+)'/gm
const dynamic = /\bimport\(\s*'([^']+)'/g

/** What a file imports by relative path: statically, dynamically and of types. */
function listImports(path: string, source: string): Import[] {
  return [...source.matchAll(statement), ...source.matchAll(dynamic)]
    .map((match) => match[1] ?? '')
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: path, to: join(dirname(path), specifier).replaceAll('\\', '/') }))
}

export const listAllImports = (tree: SourceTree): Import[] =>
  [...tree].flatMap(([path, source]) => listImports(path, source))

/** The shortest way round a circle, each node once, or undefined when there is none. */
export function findCircle(edges: Import[]): string[] | undefined {
  const next = Map.groupBy(edges, (edge) => edge.from)
  for (const start of next.keys()) {
    const circle = findWay(start, start, next)
    if (circle) return circle
  }
  return undefined
}

function findWay(start: string, goal: string, next: Map<string, Import[]>): string[] | undefined {
  const ways = [[start]]
  const seen = new Set<string>()
  for (const way of ways)
    for (const { to } of next.get(way.at(-1) ?? '') ?? []) {
      if (to === goal) return way
      if (!seen.has(to)) ways.push([...way, to])
      seen.add(to)
    }
  return undefined
}
