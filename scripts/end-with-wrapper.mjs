import { isMainThread } from 'node:worker_threads'
import { onParentGone } from './bootstrap/parent-watch.mjs'

// The wrapper forwards signals, but nobody can forward SIGKILL: what it started ends itself, properly, when it is gone.
// Processes further down have another parent, and that one answers for them.
if (isMainThread && process.ppid === Number(process.env['OPENMEET_WRAPPER']))
  onParentGone(() => process.kill(process.pid, 'SIGTERM'))
