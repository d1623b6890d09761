import { defineConfig } from 'vitest/config'

/** What a first run in a clean clone does. It asks the package registry, so only CI runs it. */
export default defineConfig({
  test: {
    include: ['test/first-run/*.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
  },
})
