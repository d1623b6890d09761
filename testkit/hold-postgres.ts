/**
 * A process of ours that uses the embedded database in the folder it is given until whoever started it ends, in whatever
 * way. `temporary`: the folder goes with it.
 */
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { errorText } from '../src/base/errors.ts'
import { startEmbeddedPostgres } from '../src/db/embedded/embedded-postgres.ts'

async function hold(dataDir: string, isTemporary: boolean): Promise<void> {
  await using stack = new AsyncDisposableStack()
  if (isTemporary) stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  const server = stack.use(await startEmbeddedPostgres({ dataDir, isDurable: false }))
  const { pid, url, adopted } = server
  process.stdout.write(`${JSON.stringify({ pid, url, adopted })}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
}

await hold(process.argv[2] ?? '', process.argv[3] === 'temporary').catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`)
  process.exitCode = 1
})
