import { describe, expect, it } from 'vitest'
import { csvOf } from '../../reports/csv.js'
import {
  constant, duration, energy, energyRange, grouped, number3, percent, plural, power, printable, ratio, short, visibleToken,
} from '../../reports/format.js'
import { html, htmlTable, scriptJson } from '../../reports/markup.js'

/** With plain blanks, so that a line of this file can be read. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

describe('numbers', () => {
  it('have three digits, thousands grouped, and an exponent where they are tiny', () => {
    expect([0, 1, 1.2345, 12.345, 99.94, 100, 123.4, -123.4, 1234.5, 1e6].map(number3))
      .toEqual(['0', '1', '1.23', '12.3', '99.9', '100', '123', '-123', '1,235', '1,000,000'])
    expect([1e-4, 0.99e-4, -0.5e-4, -0.001234].map(number3)).toEqual(['0.0001', '9.90e-5', '-5.00e-5', '-0.00123'])
    expect([NaN, Infinity].map(number3)).toEqual(['NaN', 'Infinity'])
  })

  it('are grouped by threes', () => {
    expect([999, 1000, 12345.6, 1234567, -1234].map(grouped)).toEqual(['999', '1,000', '12,346', '1,234,567', '-1,234'])
  })

  it('of a source keep five digits', () => {
    expect([0.1125, 4.6, 1.234567].map(constant)).toEqual(['0.1125', '4.6', '1.2346'])
  })

  it('take the largest unit of which they round to 1 or more', () => {
    expect([0, 0.9994e3, 0.9996e3, 1e3, 4.2e6, 999.4e6, 999.6e6, 2e9, 3e12, 4e15, 0.5, 5e-4, -2e3].map(energy).map(plain)).toEqual([
      '0', '999 pJ', '1 nJ', '1 nJ', '4.2 µJ', '999 µJ', '1 mJ', '2 mJ', '3 J', '4 kJ', '500 fJ', '0.5 fJ', '-2 nJ',
    ])
    expect(plain(energy(999.5))).toBe('1 nJ')
    expect([2, 0.002, 2e-6, 2e-9, 2e-12, 0].map(duration).map(plain)).toEqual(['2 s', '2 ms', '2 µs', '2 ns', '0.002 ns', '0 ns'])
    expect([0, 2e3, 2, 2e-3, 2e-6, 2e-9].map(power).map(plain)).toEqual(['0 W', '2 kW', '2 W', '2 mW', '2 µW', '2 nW'])
    expect([0, 5, 1500, 2e6, 3e9, 4e12].map(short).map(plain)).toEqual(['0', '5', '1.5 k', '2 M', '3 G', '4 T'])
  })

  it('of a range share a unit where they have the same', () => {
    expect(plain(energyRange(1.9e6, 4.1e6))).toBe('1.9 .. 4.1 µJ')
    expect(plain(energyRange(900, 4.1e6))).toBe('900 pJ .. 4.1 µJ')
  })

  it('say what they are: ratios, shares, counts', () => {
    expect([38, 1.424, NaN, Infinity].map(ratio)).toEqual(['38×', '1.42×', '–', '–'])
    expect([0.3814, 0, 1].map(percent).map(plain)).toEqual(['38.1 %', '0.0 %', '100.0 %'])
    expect([0, 1, 2, 1000].map((count) => plural(count, 'token'))).toEqual(['0 tokens', '1 token', '2 tokens', '1,000 tokens'])
  })
})

describe('texts', () => {
  it('show what hides, by its number', () => {
    expect(printable('a\u0000\u202eb\tc\nd')).toBe('a\\u{0}\\u{202e}b\tc\nd')
    expect(printable('\ud800 x \udc00 \u{1f600}')).toBe('\\u{d800} x \\u{dc00} \u{1f600}')
  })

  it('of tokens show blanks, and are cut', () => {
    expect(visibleToken(' a b\tc\nd\r\ne')).toBe('␣a␣b⇥c↵d↵e')
    expect(visibleToken('abcdefghijklmn')).toBe('abcdefghijklmn')
    expect(visibleToken('abcdefghijklmno')).toBe('abcdefghijklm…')
    expect(visibleToken('abcdef', 3)).toBe('ab…')
    expect(visibleToken('\u{1f600}\u{1f600}\u{1f600}', 3)).toBe('\u{1f600}\u{1f600}\u{1f600}')
  })
})

describe('markup', () => {
  it('shows what is inserted as text, and lets no JSON out of its element', () => {
    expect(html`${'<&"\'>a'}${['b', html`<i>c</i>`]}`.text).toBe('&#60;&#38;&#34;&#39;&#62;ab<i>c</i>')
    expect(scriptJson({ a: '<x>&\u2028' }).text).toBe('{"a":"\\u003cx\\u003e\\u0026\\u2028"}')
  })
})

describe('tables', () => {
  it('as CSV quote commas, quotes and both ends of lines, and nothing else', () => {
    expect(csvOf({ columns: ['a', 'b', 'c'], rows: [['x,y', 'p\rq', 'p\nq'], ['"', 'plain', 0], [null, Infinity, -1.5]] }))
      .toBe('a,b,c\n"x,y","p\rq","p\nq"\n"""",plain,0\n,,-1.5\n')
  })

  it('as HTML have a head, a row each, and the kind of each column', () => {
    const { text } = htmlTable([
      { head: 'n', cell: (row: number) => row, kind: 'n' }, { head: 'm', cell: (row) => html`<b>${row}</b>` },
    ], [1, 2])
    expect(text.replaceAll('\n', '')).toBe('<div class="scroll" tabindex="0"><table><thead><tr><th scope="col" class="n">n</th>'
      + '<th scope="col" class="">m</th></tr></thead><tbody><tr><td class="n">1</td><td class=""><b>1</b></td></tr>'
      + '<tr><td class="n">2</td><td class=""><b>2</b></td></tr></tbody></table></div>')
  })
})
