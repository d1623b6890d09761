import { plural } from './plural.ts'

const waitingWhy = {
  host: 'Your server did not answer.',
  'rate-limit': 'Your server asks us to slow down.',
  away: 'Your account is deactivated at your server. This goes out as soon as it is active again.',
  record: 'Your server could not take it just now.',
}

export const blueskyMessages = {
  title: 'Bluesky',
  pill: {
    on: 'On Bluesky',
    waiting: 'Waiting to publish',
    reconnect: 'Needs reconnect',
    conflict: 'Conflict',
    failed: 'Not published',
    outdated: 'Update failed',
    local: 'Only here',
    network: 'From the network',
  },
  /** For everybody but the owner. */
  guestPill: { waiting: 'On its way', reconnect: 'Only here', failed: 'Only here' } as Record<string, string>,
  guestPillOfRecord: {
    waiting: 'On Bluesky',
    reconnect: 'On Bluesky',
    conflict: 'On Bluesky',
    failed: 'On Bluesky',
  } as Record<string, string>,
  reason: {
    on: 'The record in the host’s repository and this page say the same.',
    waiting: 'The last change is on its way to your repository. Nothing for you to do.',
    waitingRetry: (why: 'host' | 'rate-limit' | 'away' | null, when: string, attempts: number) =>
      `${waitingWhy[why ?? 'record']} We try again ${when}${attempts > 0 ? ` (${plural(attempts, { one: '# try so far', other: '# tries so far' })})` : ''}.`,
    reconnect: 'Your session with Bluesky has ended. Changes wait here and are published as soon as you reconnect.',
    conflict:
      'This event was changed here and in another app at the same time. The other app’s version counts until you decide.',
    failed: 'Your server refused the record. Correct what it says and try again.',
    network: 'Made with another app. The host’s repository is the source; this page follows it.',
    draft: 'A draft never leaves this site. It is published to Bluesky when you publish it.',
    private: 'Private events never leave this site.',
    unlisted: 'Unlisted events stay on this site, unless you choose to publish them.',
    'not-connected':
      'Connect Bluesky, and this event also lives in your own repository, where every calendar on the network can show it.',
    'owner-not-connected': 'The host has not connected Bluesky, so this event is only on this site.',
  },
  action: {
    waiting: 'Try now',
    reconnect: 'Reconnect',
    conflict: 'Compare versions',
    failed: 'Try again',
    connect: 'Connect Bluesky',
    on: 'Sync now',
  },
  event: 'Event',
  viewRecord: 'View the record',
  answers: 'RSVPs',
  answersSynced: (synced: number, total: number) => `${synced} of ${total} in sync`,
  lastSync: 'Last sync',
  waitingSince: 'Waiting since',
  checked: 'Checked',
  verified: { commit: 'Signed commit', proof: 'Repository proof', no: 'Not yet' },
  app: 'Made with',
  details: 'Record details',
  flags: 'Could not be read',
  lastError: 'What the server said',
}
