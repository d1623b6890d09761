export const apiDocsMessages = {
  title: 'API',
  lead: 'Everything this site can do, a program can do too.',
  nav: 'Operations',
  start: 'Start here',
  token: 'Make a token under',
  example: 'Example',
  rules: [
    'Answers are JSON; lists are pages: follow `cursor` until it is missing.',
    'Errors are problem+json (RFC 9457): `detail` says what is wrong, `errors` names each field.',
    'Times are instants, or wall times together with a `timezone`.',
    'An event’s `sync` says where its record stands; `source` says where it came from.',
  ],
  required: 'required',
  body: 'Body',
  answer: 'Answer',
}
