import { describe, expect, test } from 'vitest'
import { missingScopes, signInScope } from './oauth-scopes.ts'

describe('missing scopes', () => {
  test('none when everything asked for was granted, however it is spelled', () => {
    expect(missingScopes(signInScope)).toEqual([])
    expect(
      missingScopes(
        'atproto blob:*/* repo?collection=community.lexicon.calendar.event&collection=community.lexicon.calendar.rsvp',
      ),
    ).toEqual([])
    expect(missingScopes('atproto blob?accept=image/*&accept=video/* repo:*')).toEqual([])
    expect(missingScopes('atproto transition:generic')).toEqual([])
  })

  test('what was dropped or granted for less', () => {
    expect(missingScopes('atproto')).toEqual([
      'repo:community.lexicon.calendar.event',
      'repo:community.lexicon.calendar.rsvp',
      'blob:image/*',
    ])
    expect(missingScopes(signInScope.replace('calendar.rsvp', 'calendar.rsvp?action=create'))).toEqual([
      'repo:community.lexicon.calendar.rsvp',
    ])
    expect(missingScopes(signInScope.replace('image/*', 'image/png'))).toEqual(['blob:image/*'])
    expect(missingScopes('')).toHaveLength(4)
  })
})
