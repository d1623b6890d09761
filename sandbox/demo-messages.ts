import type { Flash } from '../src/web/view/shell.ts'

const ok = (text: string): Flash => ({ tone: 'ok', text })
const bad = (text: string): Flash => ({ tone: 'bad', text })

/** What an act on the demo page came to; the keys travel in its address. */
export const demoOutcomes = {
  created: ok('Another app has written the event. It appears here within a second.'),
  renamed: ok('The record has a new title on the PDS.'),
  deleted: ok('The record is gone from the PDS.'),
  answered: ok('The answer is written by another app.'),
  replayed: ok('The network has told that record once more. Nothing should change here.'),
  forgotten: bad('The relay does not remember that record any more.'),
  'session-ended': ok('The PDS has ended that person’s sessions. The next write from here will ask them to reconnect.'),
  'no-session': bad('That person has no session here: sign in as them first.'),
  'pds-stopped': ok('The PDS is stopped. What is published now waits in the queue.'),
  'pds-started': ok('The PDS is running again. What has waited goes out now.'),
  'pds-away': bad('The PDS is stopped. Start it first.'),
  'start-unreadable': bad('That start is no date and time.'),
  'name-missing': bad('An event needs a title.'),
  'record-missing': bad('That record is not there any more.'),
  refused: bad('The PDS refused that.'),
} satisfies Record<string, Flash>

export type DemoOutcome = keyof typeof demoOutcomes

export const words = {
  title: 'The network',
  lead: 'Everything here runs on this machine: a real PDS, a relay, other people and another calendar app. Act for them, and watch this site follow.',
  nav: 'Parts of the network',
  sections: { pds: 'Server', people: 'People', write: 'Another app', records: 'Records', links: 'Addresses' },
  pds: {
    running: 'running',
    stopped: 'stopped',
    lead: 'The personal data server of everybody here. Stop it, publish something, and start it again.',
    stop: 'Stop the PDS',
    start: 'Start the PDS',
  },
  people: {
    lead: 'Everybody’s password is',
    signIn: 'Sign in',
    signInAs: (name: string) => `Sign in as ${name}`,
    expire: 'End session',
    expireOf: (name: string) => `End the session of ${name} at the PDS`,
  },
  write: {
    lead: 'Writes an event into somebody’s repository, as any app with their permission may.',
    who: 'As',
    name: 'Title',
    start: 'Start',
    place: 'Place',
    submit: 'Write the event',
  },
  change: {
    title: 'Change a record',
    record: 'Record',
    name: 'New title',
    rename: 'Rename',
    delete: 'Delete',
    replay: 'Tell it again',
  },
  answer: {
    title: 'Answer an event',
    event: 'Event',
    status: 'Answer',
    statuses: { going: 'Going', interested: 'Interested', notgoing: 'Can’t go' },
    submit: 'Answer',
  },
  records: {
    lead: 'Events that were written last, by whatever app.',
    none: 'Nothing yet.',
    untitled: 'Untitled event',
    change: 'Change',
    changeName: (name: string) => `Change ${name}`,
    by: (handle: string) => `by @${handle}`,
  },
  links: {
    lead: 'For curl, and for apps of your own.',
    mail: 'Mail catcher',
    names: {
      pdsUrl: 'PDS',
      plcUrl: 'PLC directory',
      relayUrl: 'Relay: Jetstream, Tap',
      appviewUrl: 'AppView',
      smtpUrl: 'SMTP',
      mailUrl: 'Mail',
    },
  },
}
