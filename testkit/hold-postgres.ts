/** A process of ours that uses the embedded database in the folder it is given until it is told to end. */
import { once } from 'node:events'
import { errorText } from '../src/base/errors.ts'
import { startEmbeddedPostgres } from '../src/db/embedded/embedded-postgres.ts'

async function hold(dataDir: string): Promise<void> {
  await using server = await startEmbeddedPostgres({ dataDir, isDurable: false })
  const { pid, url, adopted } = server
  process.stdout.write(`${JSON.stringify({ pid, url, adopted })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
}

await hold(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = 1
})
