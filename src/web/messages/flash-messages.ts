import type { Flash } from '../view/shell.ts'

const ok = (text: string): Flash => ({ tone: 'ok', text })
const warn = (text: string): Flash => ({ tone: 'warn', text })

export const flashMessages = {
  'event-created': ok('Your event is live.'),
  'event-created-publishing': ok('Your event is live. It is on its way to Bluesky.'),
  'draft-saved': ok('Draft saved. Only you can see it.'),
  'event-saved': ok('Changes saved.'),
  'event-published': ok('Published. Anyone can see it now.'),
  'event-cancelled': ok('The event is cancelled. Its page stays, so that guests find out.'),
  'event-deleted': ok('The event is deleted.'),
  'event-duplicated': ok('This is your copy, as a draft. Give it a date and publish it.'),
  'answer-saved': ok('Your answer is saved.'),
  'answer-waitlisted': ok('It is full, so you are on the waitlist.'),
  'answer-pending': ok('Sent. The host will confirm your place.'),
  'answer-withdrawn': ok('Your answer is taken back.'),
  'guest-approved': ok('Approved.'),
  'guest-declined': ok('Declined.'),
  'sync-queued': ok('Checking with Bluesky now.'),
  'conflict-resolved': ok('Settled. Both sides agree again.'),
  'signed-in': ok('Welcome back.'),
  'signed-up': ok('Welcome to OpenMeet.'),
  'signed-out': ok('You are signed out.'),
  'account-claimed': ok('Welcome. Your events and answers from the network are here already.'),
  connected: ok('Connected to Bluesky. Your public events will be published from your own repository.'),
  disconnected: ok('Disconnected. Nothing more is written to your repository.'),
  'mail-linked': ok('Your e-mail address is linked.'),
  'signed-out-everywhere': ok('You are signed out, here and in every other browser.'),
  'session-revoked': ok('That session is signed out.'),
  'sessions-revoked': ok('Every other session is signed out.'),
  'token-created': ok('Token created. Copy it now: it is shown this once.'),
  'token-revoked': ok('Token revoked. Programs that used it are out.'),
  'profile-refreshed': ok('Profile refreshed from the network.'),
  'profile-unreachable': warn('Your server could not be read just now. Your profile stays as it was.'),
  'scopes-missing': warn(
    'Signed in, but some permissions were not granted. Your events stay on this site only until you allow them.',
  ),
} satisfies Record<string, Flash>
