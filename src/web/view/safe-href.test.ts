import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeHref } from './safe-href.ts'

describe('safeHref', () => {
  it.each([
    ['https://a.example/x', 'https://a.example/x'],
    ['a.example/x?y#z', 'https://a.example/x?y#z'],
    ['//a.example', 'https://a.example/'],
    ['a.example:8080/x', 'https://a.example:8080/x'],
    ['mailto:ana@a.example', 'mailto:ana@a.example'],
    ['  http://a.example ', 'http://a.example/'],
  ])('lets %s through', (text, href) => expect(safeHref(text)).toBe(href))

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a.example/x',
    'ats://did:plc:x/y',
    'at://did:plc:x/y/z',
    'https://user:secret@a.example',
    'https://',
    'nodots',
    '',
    `https://a.example/${'x'.repeat(3000)}`,
  ])('refuses %s', (text) => expect(safeHref(text)).toBeUndefined())

  it('gives nothing but http, https and mailto, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.constantFrom('java\tscript:x', '\u0001javascript:x').chain((s) => fc.string().map((t) => s + t)),
        ),
        (text) => {
          expect(safeHref(text) ?? 'https://none').toMatch(/^(https?:\/\/|mailto:)/)
        },
      ),
    )
  })
})
