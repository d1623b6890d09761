const rules = new Intl.PluralRules('en')
const numbers = new Intl.NumberFormat('en')

/** `1 guest`, `2,000 guests`: `#` stands for the number. */
export function plural(n: number, forms: { one: string; other: string }): string {
  return (rules.select(n) === 'one' ? forms.one : forms.other).replace('#', numbers.format(n))
}

export function number(n: number): string {
  return numbers.format(n)
}

const ordinalRules = new Intl.PluralRules('en', { type: 'ordinal' })
const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }

/** `1st`, `22nd`. */
export function ordinal(n: number): string {
  return `${numbers.format(n)}${suffixes[ordinalRules.select(n)] ?? 'th'}`
}

const lists = new Intl.ListFormat('en-GB', { type: 'conjunction' })

/** `a, b and c`. */
export function list(items: string[]): string {
  return lists.format(items)
}
