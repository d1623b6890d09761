import { isMainThread } from 'node:worker_threads'

// scripts/with-node.mjs forwards signals, but nobody can forward SIGKILL: a process it started ends itself, properly,
// once its parent is gone. Of processes further down the parent is another, so they are left to whoever started them.
if (isMainThread && process.ppid === Number(process.env['OPENMEET_WRAPPER'])) {
  const wrapper = process.ppid
  setInterval(() => process.ppid === wrapper || process.kill(process.pid, 'SIGTERM'), 250).unref()
}
