import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onParentGone } from './parent-watch.mjs'
import { preparePackages } from './prepare-packages.mjs'
import { prepareRuntime } from './prepare-runtime.mjs'
import { endLike, runChild } from './run-child.mjs'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/**
 * `node`, but of a version that runs this project, with the project's packages installed and .tsx understood.
 * Everything in this folder runs on Node 18 and newer and depends on nothing: each command may be the first one ever
 * typed in a clean clone. The process ends as its child did.
 * @param {string[]} args as for `node`: options, file, arguments
 */
export async function runWithNode(args) {
  // npm passes SIGTERM on to the shell in which it runs a script; the shell dies of it and tells nobody.
  if (process.env['npm_lifecycle_event']) onParentGone(() => process.kill(process.pid, 'SIGTERM'))
  try {
    const node = await prepareRuntime(root)
    await preparePackages(root, node)
    endLike(await runChild(node, [...nodeOptions(), ...args]))
  } catch (error) {
    process.stderr.write(`openmeet: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

/** What every process of the project is started with. */
export function nodeOptions() {
  const preload = ['../load-tsx.mjs', '../end-with-wrapper.mjs'].map((file) => new URL(file, import.meta.url).href)
  return [
    '--enable-source-maps',
    '--disable-warning=ExperimentalWarning',
    ...preload.flatMap((url) => ['--import', url]),
  ]
}
