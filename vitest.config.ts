import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'sandbox/**/*.test.ts', 'testkit/**/*.test.ts', 'test/*.test.ts'],
    globalSetup: './testkit/test-server.ts',
    pool: 'threads',
    // Most of them wait for others (a PDS, a database, a browser): more of them than cores wait together.
    maxWorkers: 3,
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
