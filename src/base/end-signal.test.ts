import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'

const file = new URL('./end-signal.ts', import.meta.url).href
/** Ends in order two seconds after it was asked to. */
const program = `
  const { createEndSignal } = await import(${JSON.stringify(file)})
  const signal = createEndSignal()
  setInterval(() => {}, 1000)
  console.log('ready')
  await new Promise((done) => signal.addEventListener('abort', () => setTimeout(done, 2000)))
  process.exit(7)`

async function run(...signals: { signal: NodeJS.Signals; afterMs: number }[]): Promise<number | null> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit') as Promise<[number | null]>
  for (const { signal, afterMs } of signals) {
    await wait(afterMs)
    child.kill(signal)
  }
  const [code] = await ended
  return code
}

test.concurrent('signals that come together are one wish, and what is under way is finished', async () => {
  expect(await run({ signal: 'SIGTERM', afterMs: 0 }, { signal: 'SIGTERM', afterMs: 20 })).toBe(7)
})

test.concurrent('who asks again later does not wait', async () => {
  expect(await run({ signal: 'SIGINT', afterMs: 0 }, { signal: 'SIGINT', afterMs: 1200 })).toBe(130)
})
