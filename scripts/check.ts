/**
 * Everything that must hold before a commit: `npm run check [-- vitest arguments]`.
 * `npm run fix` repairs of it what a program can repair.
 */
import { endLike, runChild } from './bootstrap/run-child.mjs'

type Stage = { name: string; command: string[]; fix?: string[] }

const oxfmt = 'node_modules/oxfmt/bin/oxfmt'
const oxlint = ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings']

/** In the order in which it is pleasant to learn of a mistake. */
const stages: Stage[] = [
  { name: 'lexicon code', command: ['scripts/check-lexicons.ts'], fix: ['scripts/check-lexicons.ts', '--write'] },
  { name: 'database types', command: ['scripts/check-db-types.ts'], fix: ['scripts/check-db-types.ts', '--write'] },
  { name: 'lint', command: oxlint, fix: [...oxlint, '--fix'] },
  { name: 'format', command: [oxfmt, '--check'], fix: [oxfmt] },
  { name: 'types', command: ['node_modules/typescript/bin/tsc'] },
  { name: 'unused code', command: ['node_modules/knip/bin/knip.js'] },
  { name: 'tests', command: ['node_modules/vitest/vitest.mjs', 'run'] },
]

async function main(args: string[]): Promise<void> {
  const isFix = args[0] === '--fix'
  const failed: string[] = []
  for (const { name, command, fix } of stages) {
    const toRun = isFix ? fix : name === 'tests' ? [...command, ...args] : command
    if (!toRun) continue
    console.error(`\n── ${name}`)
    const end = await runChild(process.execPath, [...process.execArgv, ...toRun])
    if (end.signal) return endLike(end)
    if (end.code !== 0) failed.push(name)
  }
  console.error(failed.length > 0 ? `\nfailed: ${failed.join(', ')}` : '\nall good')
  process.exitCode = failed.length > 0 ? 1 : 0
}

await main(process.argv.slice(2))
