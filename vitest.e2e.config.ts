import { defineConfig } from 'vitest/config'

/** The journeys that need a browser, one after the other. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    globalSetup: './testkit/test-server.ts',
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
