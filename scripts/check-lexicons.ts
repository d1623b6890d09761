/** Fails when the generated code is not what the lexicons give; with --write, generates it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const committed = 'src/atproto/lexicons'

function generate(folder: string): void {
  const options = [
    '--lexicons',
    'lexicons',
    '--out',
    folder,
    '--import-ext',
    '.ts',
    '--lib',
    '@atproto/lex-schema',
    '--clear',
  ]
  execFileSync(process.execPath, ['node_modules/@atproto/lex/bin/lex', 'build', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const readFiles = (folder: string) =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  )

function findStale(): string[] {
  const scratch = mkdtempSync(join(tmpdir(), 'openmeet-lexicons-'))
  try {
    generate(scratch)
    const [wanted, found] = [readFiles(scratch), readFiles(committed)]
    return [...new Set([...wanted.keys(), ...found.keys()])].filter((path) => wanted.get(path) !== found.get(path))
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

if (process.argv[2] === '--write') generate(committed)
else {
  const stale = findStale()
  for (const path of stale) console.error(`${join(committed, path)} is not what the lexicons give: npm run fix`)
  process.exitCode = stale.length > 0 ? 1 : 0
}
