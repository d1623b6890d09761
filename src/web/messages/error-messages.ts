type Words = { title: string; text: string }

export const errorMessages = {
  byStatus: {
    400: {
      title: 'That request made no sense to us',
      text: 'Part of the address or the form was damaged on the way. Go back and try once more.',
    },
    401: {
      title: 'Please sign in',
      text: 'This page knows you only after you sign in. Nothing you typed is lost if you go back.',
    },
    403: {
      title: 'That is not yours to open',
      text: 'You are signed in, but this page belongs to somebody else. If it should be yours, ask its host, or sign in with another account.',
    },
    404: {
      title: 'There is nothing here',
      text: 'The address may be mistyped, or the page was private or moved. Search for it, or start from the front page.',
    },
    405: {
      title: 'That does not work here',
      text: 'The address is right, the way of asking is not. Open it in the browser instead.',
    },
    409: {
      title: 'That clashes with something newer',
      text: 'Somebody changed this at the same moment. Go back, reload and look at the latest version.',
    },
    410: {
      title: 'This is gone',
      text: 'It was here once and its owner took it away. It will not come back by itself.',
    },
    413: {
      title: 'That is too large',
      text: 'Pictures may have up to 10 MB, other forms much less. Make it smaller and send it again.',
    },
    415: { title: 'We cannot read that kind of file', text: 'Pictures can be JPEG, PNG, WebP, AVIF or GIF.' },
    422: {
      title: 'Something in the form is not right',
      text: 'Go back: what you typed is still there. Correct what the message names and send it again.',
    },
    429: {
      title: 'A little slower, please',
      text: 'Too many requests came from your address. Wait a moment, then carry on.',
    },
    503: {
      title: 'Back in a moment',
      text: 'The site is starting, or something it needs is not there. Nothing is lost. Try again shortly.',
    },
  } as Record<number, Words>,
  internal: {
    title: 'Something broke on our side',
    text: 'It has been written down and is ours to mend. What you did before is safe. Try again in a moment.',
  },
  retryIn: (seconds: number) =>
    `You can try again in ${seconds < 90 ? `${Math.max(1, Math.ceil(seconds))} seconds` : `${Math.ceil(seconds / 60)} minutes`}.`,
  again: 'Try again',
  home: 'Go to the front page',
  signIn: 'Sign in',
  search: 'Search events',
  reference: 'For a report, quote',
}
