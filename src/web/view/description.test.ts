import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { excerpt, renderDescription } from './description.ts'

const facet = (start: number, end: number, feature: Record<string, string>) => ({
  index: { byteStart: start, byteEnd: end },
  features: [feature],
})

describe('renderDescription', () => {
  it('shows HTML as text', () => {
    expect(renderDescription('<script>alert(1)</script> <b onclick=x>hi</b>', null)).not.toMatch(/<(script|b)/)
  })

  it('links only what safeHref lets through', () => {
    expect(renderDescription('[a](javascript:alert(1)) [b](data:text/html,x) [c](https://c.example)', null)).toContain(
      '<a href="https://c.example/" rel="nofollow ugc noopener">c</a>',
    )
    expect(renderDescription('[a](javascript:alert(1)) <javascript:alert(1)>', null)).not.toContain('<a')
  })

  it('never loads pictures from other hosts', () => {
    expect(renderDescription('![cat](https://cat.example/cat.png)', null)).not.toContain('<img')
  })

  it('continues the outline of the page without a gap', () => {
    const html = renderDescription('# One\n\n### Three\n\n# Two', null)
    expect([...html.matchAll(/<h(\d)/g)].map((match) => match[1])).toEqual(['3', '4', '3'])
  })

  it('places facets by bytes, not by characters', () => {
    const text = 'Grüße 👋 @ana.example und #berlin'
    const start = Buffer.byteLength('Grüße 👋 ')
    const tag = Buffer.byteLength('Grüße 👋 @ana.example und ')
    const html = renderDescription(text, [
      facet(tag, tag + 7, { tag: 'berlin' }),
      facet(start, start + 12, { did: 'did:plc:ana' }),
    ])
    expect(html).toContain('<a href="/u/did:plc:ana">@ana.example</a>')
    expect(html).toContain('<a href="/?q=berlin">#berlin</a>')
  })

  it('skips a facet that cuts a character, overlaps or points outside', () => {
    const html = renderDescription('ü abc', [
      facet(1, 3, { uri: 'https://x.example' }),
      facet(3, 6, { uri: 'https://y.example' }),
      facet(4, 5, { tag: 'b' }),
      facet(2, 99, { tag: 'c' }),
    ])
    expect(html).toBe('<p>ü <a href="https://y.example/" rel="nofollow ugc noopener">abc</a></p>\n')
  })

  it('keeps the text of a facet in code and in the address of a link', () => {
    const text = '`@ana` [site](https://a.example)'
    const html = renderDescription(text, [
      facet(1, 5, { did: 'did:plc:ana' }),
      facet(14, 31, { uri: 'https://a.example' }),
    ])
    expect(html).toContain('<code>@ana</code>')
    expect(html).toContain('>site</a>')
  })

  it('never emits an unsafe tag or address, whatever the text and facets', () => {
    const piece = fc.constantFrom(
      '[x](',
      ')',
      '<',
      '>',
      'javascript:',
      'https://a.example',
      '`',
      '**',
      '\n',
      '# ',
      '"',
      '\uE000',
      '{',
      '}',
      'ü',
      '👋',
      '![',
      ']',
      '&',
      '0',
    )
    const feature = fc.constantFrom<Record<string, string>>(
      { uri: 'javascript:x' },
      { uri: 'https://b.example/"><b>' },
      { tag: '"<i>' },
      { did: 'did:plc:x' },
    )
    const facets = fc.array(
      fc.tuple(fc.nat(30), fc.nat(30), feature).map(([a, n, f]) => facet(a, a + n, f)),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 25 }).map((p) => p.join('')),
        facets,
        (text, spans) => {
          const html = renderDescription(text, spans)
          for (const [, tag] of html.matchAll(/<\/?([a-z0-9]+)/gi))
            expect(tag).toMatch(/^(p|a|span|br|code|pre|strong|em|h[3-6]|blockquote|ul|ol|li|hr|s)$/)
          for (const [, href] of html.matchAll(/href="([^"]*)"/g))
            expect(href).toMatch(/^(https?:|\/u\/did|\/\?q=|mailto:)/)
          expect(html).not.toContain('\uE000')
        },
      ),
    )
  })
})

describe('excerpt', () => {
  it('is one line without marks, cut at a word', () => {
    expect(excerpt('# Hello\n\nA **bold** [link](https://x.example) here', 16)).toBe('Hello A bold…')
  })
})
