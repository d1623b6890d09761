import { runWithNode } from './bootstrap/run-with-node.mjs'

await runWithNode(process.argv.slice(2))
