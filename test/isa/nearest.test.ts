import { describe, expect, it } from 'vitest'
import { nearest } from '../../isa/nearest.js'

describe('the nearest name', () => {
  it.each([
    ['one letter more', 'abc', 'abcd'], ['one less, at the end', 'abc', 'ab'], ['one less, at the start', 'abc', 'bc'],
    ['one other', 'abc', 'xbc'], ['neighbours swapped at the start', 'abc', 'bac'], ['and at the end', 'abc', 'acb'],
    ['neighbours swapped in two letters', 'ab', 'ba'], ['another case', 'ABC', 'abc'], ['one letter', 'a', 'b'],
  ])('is one slip away: %s', (_, word, candidate) => {
    expect(nearest(word, [candidate])).toBe(candidate)
  })

  it.each([
    ['two letters more', 'abc', 'abcde'], ['two less', 'abc', 'a'], ['two others', 'abc', 'xyc'], ['a swap over one between', 'abc', 'cba'],
    ['half a swap', 'ab', 'bc'], ['the other half', 'ab', 'ca'], ['all of it', 'abc', 'xyz'], ['two of one', 'a', 'xy'],
  ])('is none two slips away from a short word: %s', (_, word, candidate) => {
    expect(nearest(word, [candidate])).toBeUndefined()
  })

  it('may be as many slips away as half the letters', () => {
    expect(nearest('abcd', ['badc'])).toBe('badc')
    expect(nearest('abcd', ['abxy'])).toBe('abxy')
    expect(nearest('abcd', ['axyz'])).toBeUndefined()
    expect(nearest('abcdef', ['xyzdef'])).toBe('xyzdef')
    expect(nearest('abcdefg', ['wxyzefg'])).toBeUndefined()
  })

  it('is the closest, and the first of those as close', () => {
    expect(nearest('abcd', ['abxy', 'abcx', 'abcy'])).toBe('abcx')
    expect(nearest('abcd', [])).toBeUndefined()
  })
})
