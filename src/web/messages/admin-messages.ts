import { number, plural } from './plural.ts'

export const adminMessages = {
  sessions: {
    title: 'Connections',
    lead: 'How people are connected with their own servers. Sessions are renewed by themselves long before they end.',
    tabs: { all: 'All', reconnect: 'Need reconnect' },
    none: { all: 'Nobody is connected yet.', reconnect: 'Every connection is good.' },
    pill: { connected: 'Connected', 'needs-reconnect': 'Needs reconnect' },
    nobody: 'No account here',
    missing: 'Not granted',
    error: 'Last error',
    renewed: 'renewed',
    ends: 'ends',
    validate: 'Check',
    renew: 'Renew',
    reset: 'Reset',
    actionOf: (action: string, name: string) => `${action}: ${name}`,
    run: {
      title: 'Renew all',
      lead: 'A few at a time, and it goes on where it was if the site is restarted meanwhile.',
      start: 'Renew all sessions',
      running: (done: number, total: number) => `${number(done)} of ${number(total)}`,
      label: 'Renewing all sessions',
      last: 'Last time',
      renewed: (n: number) => plural(n, { one: '# renewed', other: '# renewed' }),
      reconnect: (n: number) => plural(n, { one: '# needs reconnect', other: '# need reconnect' }),
      unavailable: (n: number) => plural(n, { one: '# server was away', other: '# servers were away' }),
    },
  },
}
