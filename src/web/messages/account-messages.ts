/** What people do with their own account as a whole: be shown or not, take it along, delete it. */
export const listingMessages = {
  pill: { listed: 'Listed', unlisted: 'Not listed' },
  lead: 'Your profile page and your public events can be found here by anybody.',
  leadUnlisted:
    'Your profile page is shown to you only, your name stands in no list of guests, and your events are shown to you and to those who have answered them.',
  what: 'Not listed means: no profile page for others, no name in lists of guests, and events only for those who have answered them already. Nothing is deleted, your records on the network stay as they are, and one click brings everything back.',
  unlist: 'Make my profile go away',
  list: 'Show me again',
  change: 'Change this',
}

export const dataMessages = {
  lead: 'All this site holds of you, in one file that programs can read.',
  export: 'Download my data',
  deleteTitle: 'Delete my account here',
  deleteLead:
    'Your events, answers, drafts, sessions and tokens on this site are deleted at once, for good. What other apps wrote into your repository is not touched.',
  keepNote: 'To keep you out of our lists we remember your DID, and nothing else.',
  records: 'Records this site wrote into your repository',
  recordChoices: {
    keep: 'Keep them: they are mine, and other apps show them',
    delete: 'Delete them too',
  } as Record<string, string>,
  confirm: (phrase: string) => `Type ${phrase} to confirm`,
  wrong: (phrase: string) => `Type exactly: ${phrase}`,
  delete: 'Delete my account',
}
