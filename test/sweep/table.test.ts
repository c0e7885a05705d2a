import { parquetReadObjects } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { frontOf, summarise } from '../../sweep/analysis.js'
import { writeParquet } from '../../sweep/parquet.js'
import { pointsOf } from '../../sweep/points.js'
import { grid } from '../../sweep/search/grid.js'
import type { DesignRow } from '../../sweep/store/store.js'
import { columnsOf, csvLines, tableRows } from '../../sweep/table.js'
import { plan, workbench } from '../support/plans.js'

/** A swept plan whose numbers are given by settings and seed. */
function swept(text: string, numbersOf: (settings: Record<string, unknown>, seed: number) => object | string | undefined) {
  const read = plan(text)
  const rows = [...pointsOf(workbench(read), grid(read.dimensions), 0)].map(({ position, key, role, name, settings, seed }): DesignRow => {
    const numbers = numbersOf(settings, seed)
    return {
      position, key, role, name, settings: JSON.stringify(settings), seed, wallSeconds: 1,
      state: numbers === undefined ? null : typeof numbers === 'string' ? 'failed' : 'done',
      numbers: typeof numbers === 'object' ? JSON.stringify(numbers) : null, error: typeof numbers === 'string' ? numbers : null,
    }
  })
  const store = { design: function * () { yield * rows } }
  return { read, store, summaries: summarise(store, read) }
}

const cost = (joules: number, seconds: number, more: object = {}) => ({ goals: { joulesPerToken: joules, secondsPerToken: seconds, ...more } })

describe('a summary', () => {
  it('is the mean over repeats, between their extremes or their intervals', () => {
    const { summaries } = swept('vary: { core.lanes: [32] }\nrepeats: 2', (_, seed) => cost(seed, 10, { secondsPerTokenInterval: { low: 8 - seed, high: 12 } }))
    expect(summaries).toHaveLength(1)
    expect(summaries[0]!.values).toEqual([1.5, 10])
    expect(summaries[0]!.spans).toEqual([{ low: 1, high: 2 }, { low: 6, high: 12 }])
  })

  it('has no span where nothing is known but the figure', () => {
    expect(swept('vary: { core.lanes: [32] }', () => cost(1, 2)).summaries[0]!.spans).toEqual([undefined, undefined])
  })

  it('keeps off the front what fails, breaks a condition, or is not there yet', () => {
    const { summaries, read } = swept('vary: { core.lanes: [1, 2, 3, 4, 5, 6] }\nwhere: [area.totalMm2 < 50]', ({ 'core.lanes': lanes }) => {
      const area = { area: { totalMm2: lanes === 2 ? 60 : 40 } }
      return [undefined, { ...cost(1, 9), ...area }, { ...cost(0, 0), ...area }, 'it failed', undefined, { ...cost(5, 5), ...area }, { ...cost(6, 6), ...area }][Number(lanes)]
    })
    expect(summaries.map(({ state }) => state)).toEqual(['done', 'done', 'failed', 'pending', 'done', 'done'])
    expect(summaries.map(({ isFeasible }) => isFeasible)).toEqual([true, false, false, false, true, true])
    expect(frontOf(summaries, read).map(({ settings }) => settings['core.lanes'])).toEqual([1, 5])
  })
})

describe('the table', () => {
  const { read, store, summaries } = swept('vary: { core.lanes: [1, 2, 3] }', ({ 'core.lanes': lanes }) => (
    lanes === 2 ? 'failed, with "quotes"' : { ...cost(Number(lanes), 2), weights: 'real', verification: { bitExact: true }, ...(lanes === 3 ? { extra: { deep: 1.5 } } : {}) }))
  const columns = columnsOf(store, read)
  const rows = () => tableRows(store, read, summaries)

  it('has a column for whatever some point has, as CSV', () => {
    const lines = [...csvLines(columns, rows())].map((line) => line.trimEnd())
    expect(lines[0]).toBe('position,role,name,state,feasible,front,core.lanes,seed,goals.joulesPerToken,goals.secondsPerToken,weights,verification.bitExact,'
      + 'extra.deep,error,key')
    expect(lines[1]).toMatch(/^0,point,,done,true,true,1,1,1,2,real,true,,,[0-9a-f]{32}$/)
    expect(lines[2]).toMatch(/^1,point,,failed,false,false,2,1,,,,,,"failed, with ""quotes""",[0-9a-f]{32}$/)
    expect(lines[3]).toMatch(/,1\.5,,[0-9a-f]{32}$/)
  })

  it('as Parquet says the same to a reader of its own', async () => {
    const writer = new ByteWriter()
    await writeParquet(writer, columns, rows)
    const read = await parquetReadObjects({ file: writer.getBuffer() })
    const told = read.map((row) => columns.map((column) => row[column] ?? undefined))
    expect(told).toEqual([...rows()].map(({ cells }) => columns.map((column) => cells.get(column))))
  })
})
