import type { Shell } from '../../src/web/view/shell.ts'
import { now } from './sample-events.ts'
import { ana } from './sample-people.ts'

export type Render = (shell: Shell) => string

export function sampleShell(assets: Shell['assets'], nonce: string, change: Partial<Shell> = {}): Shell {
  return {
    path: '/events/atmosphere-berlin',
    publicUrl: 'http://127.0.0.1:3000',
    nonce,
    assets,
    viewer: { ...ana, id: 7, isAdmin: false, needsReconnect: null },
    now,
    zone: 'America/Los_Angeles',
    locale: 'en-GB',
    flash: null,
    isDemo: false,
    ...change,
  }
}
