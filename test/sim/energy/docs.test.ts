import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { priceList } from '../../../sim/energy/prices.js'
import { chipSpecSchema } from '../../../sim/config/chip-spec.js'

it('the price table in docs/energy.md is the default chip\'s, to three digits', () => {
  const text = readFileSync(new URL('../../../docs/energy.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(\w+)` \| ([\d.e+-]+) \| ([\d.e+-]+) \| ([\d.e+-]+) \| ([\d.e+-]+) \| ([\d.e+-]+) \| (\S+) \| ([\d.]+) \.\. ([\d.]+) \|$/gm)]
  const lists = ([45, 28, 22, 16, 7] as const).map((technologyNm) => priceList(chipSpecSchema.parse({ technologyNm })).rows)
  expect(rows.map(([, name]) => name)).toEqual(lists[0]!.map(({ name }) => name))
  rows.forEach(([, name, ...cells], at) => {
    expect(cells.slice(0, 5), name).toEqual(lists.map((list) => list[at]!.value.toPrecision(3)))
    const { unit, low, high, value } = lists[1]![at]!
    expect(cells.slice(5), name).toEqual([unit, (low / value).toFixed(2), (high / value).toFixed(2)])
  })
})
