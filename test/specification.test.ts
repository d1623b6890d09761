import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../src/base/metrics.ts'

const project = join(import.meta.dirname, '..')
const names = JSON.parse(readFileSync(join(project, 'docs/specification-names.json'), 'utf8')) as Record<
  string,
  string[]
>
const sections = readSections(readFileSync(join(project, 'docs/specification.md'), 'utf8'))

type Row = { name: string; where: string; test: string }

/** The rows of each table that has the columns name, where, test. */
function readSections(document: string): Record<string, Row[]> {
  const parts = document.split(/^## /m).slice(1)
  return Object.fromEntries(parts.map((part) => [part.split('\n', 1)[0] ?? '', readRows(part)]))
}

function readRows(text: string): Row[] {
  const lines = text.split('\n').filter((line) => /^\| (?!name \|)/.test(line))
  return lines.map((line) => {
    const [, name = '', where = '', test = ''] = line.split('|').map((cell) => cell.trim())
    return { name, where, test }
  })
}

/** What is wrong with a cell's links: each names a file, and words that stand in it. */
function findFaults(cell: string): string[] {
  const links = [...cell.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g)]
  return links.flatMap(([, words = '', path = '']) => {
    const file = join(project, path)
    if (!existsSync(file)) return [`${path} is not there`]
    return readFileSync(file, 'utf8').includes(words.replaceAll('`', '')) ? [] : [`${path} does not say ${words}`]
  })
}

const isLater = (cell: string) => /^— \(issue [3-7]\)$/.test(cell)
const hasLink = (cell: string) => /\]\(\.\.\//.test(cell)

describe('the table of the specification', () => {
  it('has each name of the list once, in its section and in its order', () => {
    const rows = Object.entries(sections).map(([title, list]) => [title, list.map(({ name }) => name)])
    expect(Object.fromEntries(rows)).toEqual(names)
  })

  it('lists no name twice', () => {
    const all = Object.values(names).flat()
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([])
  })

  it.each(Object.entries(sections))('%s: says where each is, or which issue brings it', (_, rows) => {
    expect(rows.filter(({ where }) => !isLater(where) && !hasLink(where))).toEqual([])
    // A test that is missing is said to be, but nothing that is not there has one.
    const isSaid = ({ where, test }: Row) =>
      isLater(where) ? isLater(test) : hasLink(test) || isLater(test) || test === 'no test yet'
    expect(rows.filter((row) => !isSaid(row))).toEqual([])
  })

  it.each(Object.entries(sections))('%s: names files that are there, and what is in them', (_, rows) => {
    expect(rows.flatMap(({ where, test }) => [...findFaults(where), ...findFaults(test)])).toEqual([])
  })
})

it('the metrics have their names and kinds', async () => {
  const kinds = {
    openmeet_events_published_total: 'counter',
    openmeet_events_consumed_total: 'counter',
    openmeet_sync_conflicts_total: 'counter',
    openmeet_reconciliation_errors_total: 'counter',
    openmeet_sync_latency_seconds: 'histogram',
    openmeet_event_publish_duration_seconds: 'histogram',
    openmeet_series_detection_accuracy: 'gauge',
  }
  const text = await createMetrics().registry.metrics()
  const found = Object.fromEntries([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => [name, kind]))
  expect(found).toMatchObject(kinds)
})
