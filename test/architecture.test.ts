import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Import, type SourceTree, findCircle, listAllImports, readSourceTree } from './source-tree.ts'

const project = join(import.meta.dirname, '..')
const ladder = readLadder(readFileSync(join(project, 'ARCHITECTURE.md'), 'utf8'))
const tree = readSourceTree(project)

/** The first words of the lines of the block marked `ladder`. */
function readLadder(document: string): string[] {
  const block = /^```ladder\n(.*?)^```/ms.exec(document)?.[1] ?? ''
  return block
    .split('\n')
    .flatMap((line) => line.split(/\s/, 1))
    .filter(Boolean)
}

/** The folder of src a file lives in; of a file directly in src its own name; undefined outside src. */
const rungOf = (path: string) => /^src\/([^/.]+)/.exec(path)?.[1]
const isTest = (path: string) => /\.test\.tsx?$/.test(path)

function findUnnamed(files: SourceTree): string[] {
  const unnamed = [...files.keys()].filter((path) => path.startsWith('src/') && !ladder.includes(rungOf(path) ?? ''))
  return unnamed.map(
    (path) =>
      `${path}: "${rungOf(path)}" is not on the ladder. Give it its place in ARCHITECTURE.md, or move the file.`,
  )
}

function findClimbs(imports: Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const [own, other] = [rungOf(from), rungOf(to)]
    if (own === undefined || (isTest(from) && other === undefined)) return []
    if (other === undefined)
      return [
        `${from} imports ${to}: what runs does not import what tests or simulates it. Move what it needs into src.`,
      ]
    if (ladder.indexOf(other) <= ladder.indexOf(own)) return []
    return [
      `${from} imports ${to}: ${other} stands below ${own} on the ladder. Pass in what is needed, or move what is shared up.`,
    ]
  })
}

/** Circles of folders side by side; a folder and what it contains are one thing. Tests may import what imports their folder. */
function findFolderCircle(imports: Import[]): string[] | undefined {
  const edges = imports
    .filter(({ from }) => !isTest(from))
    .map(({ from, to }) => ({ from: dirname(from), to: dirname(to) }))
  return findCircle(
    edges.filter(({ from, to }) => !`${from}/`.startsWith(`${to}/`) && !`${to}/`.startsWith(`${from}/`)),
  )
}

function findTwins(files: SourceTree): string[] {
  const byName = Map.groupBy(files.keys(), (path) => basename(path).replace(/\.(m?ts|tsx|mjs)$/, ''))
  const twins = [...byName].filter(([, paths]) => paths.length > 1)
  return twins.map(
    ([name, paths]) => `${paths.join(' and ')} are both called ${name}. Name each after its main export.`,
  )
}

describe('the house', () => {
  it('has a ladder', () => expect(ladder).toEqual(expect.arrayContaining(['base', 'events', 'web', 'main'])))
  it('names every folder on the ladder', () => expect(findUnnamed(tree)).toEqual([]))
  it('imports up the ladder only', () => expect(findClimbs(listAllImports(tree))).toEqual([]))
  it('has no circle of files', () => expect(findCircle(listAllImports(tree))).toBeUndefined())
  it('has no circle of folders', () => expect(findFolderCircle(listAllImports(tree))).toBeUndefined())
  it('gives each file a name of its own', () => expect(findTwins(tree)).toEqual([]))
})

describe('the checks of the house find', () => {
  const plant = (files: Record<string, string>) => new Map(Object.entries(files))

  it('a climb, also of a type, of several lines and of a dynamic import', () => {
    const files = plant({
      'src/base/a.ts': "import type { Db } from '../db/database.ts'\n",
      'src/db/b.ts': "import {\n  one,\n  type Two,\n} from '../web/page.tsx'\n",
      'src/queue/c.ts': "export const later = () => import('../app.ts')\n",
      'src/web/d.ts': "import { Db } from '../db/database.ts'\nimport './e.ts'\n",
    })
    expect(findClimbs(listAllImports(files))).toEqual([
      expect.stringContaining('src/base/a.ts imports src/db/database.ts: db stands below base'),
      expect.stringContaining('src/db/b.ts imports src/web/page.tsx'),
      expect.stringContaining('src/queue/c.ts imports src/app.ts'),
    ])
  })

  it('code that imports its own tests and fakes, but not tests that do', () => {
    const source = "import { fake } from '../../testkit/fake.ts'\n"
    const climbs = findClimbs(listAllImports(plant({ 'src/db/a.ts': source, 'src/db/a.test.ts': source })))
    expect(climbs).toEqual([expect.stringContaining('src/db/a.ts imports testkit/fake.ts')])
  })

  it('a folder and a file that are not on the ladder', () => {
    expect(findUnnamed(plant({ 'src/helpers/a.ts': '', 'src/tools.ts': '', 'src/main.ts': '' }))).toHaveLength(2)
  })

  it('a circle of files and of folders', () => {
    const imports = listAllImports(
      plant({
        'src/web/a/one.ts': "export { two } from '../b/two.ts'\n",
        'src/web/b/two.ts': "import { three } from './three.ts'\n",
        'src/web/b/three.ts': "import { one } from '../a/one.ts'\n",
      }),
    )
    expect(findCircle(imports)).toEqual(['src/web/a/one.ts', 'src/web/b/two.ts', 'src/web/b/three.ts'])
    expect(findFolderCircle(imports)).toEqual(['src/web/a', 'src/web/b'])
  })

  it('two files of one name', () => {
    expect(
      findTwins(plant({ 'src/web/event.tsx': '', 'src/events/event.ts': '', 'src/events/event.test.ts': '' })),
    ).toHaveLength(1)
  })
})
