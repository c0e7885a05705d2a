import { describe, expect, it } from 'vitest'
import { decodedName, decodedTokens, latencyBasis, tokenBasis } from '../../reports/basis.js'
import type { Markup } from '../../reports/markup.js'
import { resultTable } from '../../reports/result-tables.js'
import {
  accounts, busiestLinks, constants, cores, latency, operatorActivity, operatorEnergy, setup,
} from '../../reports/tables.js'
import { batchOf, headline, layerName, layersOf, operatorsOf, tokenLatencyCycles, tokensThrough } from '../../reports/view.js'
import { COMPONENTS } from '../../isa/actions.js'
import type { RunResult } from '../../sim/result/schema.js'
import { exampleResult } from '../support/example-result.js'
import { parseHtml } from '../support/markup.js'

/** The texts of a table's cells, row by row, with plain blanks. */
function cellsOf(markup: Markup): string[][] {
  return Array.from(parseHtml(markup.text).querySelectorAll('tbody tr')).map((row) => (
    Array.from(row.querySelectorAll('td')).map((cell) => cell.textContent!.replace(/\s+/g, ' ').trim())
  ))
}
const rowOf = (markup: Markup, name: string): string[] => cellsOf(markup).find(([first]) => first === name)!

/** An example whose figures are round, so that each cell can be worked out by hand. */
function round(): RunResult {
  const result = exampleResult()
  const { timeline } = result.latency
  result.latency = {
    ...result.latency, cycles: 10_000, seconds: 2e-5, prefillCycles: 2_000, decodeCycles: 8_000, cyclesPerToken: 1_000,
    timeline: timeline.slice(0, 5).map((token, index) => ({ ...token, startCycle: 1000 * index, endCycle: 1000 * index + 1500 })),
  }
  result.prompt.tokens = 3
  Object.assign(result.energy, { totalPj: 4e6, perTokenPj: 8e5, dynamicPj: 1e6 })
  Object.assign(result.energy.byComponent, { clock: 2e6, leakage: 1e6 })
  Object.assign(result.energy.paper, {
    additions: 1e6, additionPj: 0.1125, additionsPj: 1e5, macs: 2e5, macPj: 0.575, macsPj: 5e4, totalPj: 1.5e5, perTokenPj: 3e4,
    denseMacs: 3e6, denseQuantizedPj: 2e6, denseFloatPj: 1.5e7, bits: 4,
  })
  return result
}

describe('what a report leads with', () => {
  it('is over the tokens that went through the model', () => {
    const view = headline(round())
    expect(view).toMatchObject({
      tokens: 5, chipPj: 8e5, paperPj: 3e4, additionsPj: 2e4, macsPj: 1e4, denseQuantizedPj: 4e5, denseFloatPj: 3e6, staticShare: 0.75,
    })
    expect(view.chipOverPaper).toBeCloseTo(8e5 / 3e4, 9)
    expect(view.chipOverAdditions).toBeCloseTo(40, 9)
    expect(view.averageW).toBeCloseTo(4e6 * 1e-12 / 2e-5, 12)
  })

  it('says nothing where there is nothing to divide by', () => {
    const result = round()
    Object.assign(result.energy, { totalPj: 0 })
    Object.assign(result.energy.paper, { perTokenPj: 0, additionsPj: 0 })
    Object.assign(result.latency, { seconds: 0, timeline: [] })
    Object.assign(result, { tokens: [] })
    result.prompt.tokens = 0
    const view = headline(result)
    expect([view.tokens, view.staticShare, view.averageW]).toEqual([1, 0, 0])
    expect([view.chipOverPaper, view.chipOverAdditions]).toEqual([NaN, NaN])
  })

  it('counts tokens by the timeline, or by texts where there is none', () => {
    const result = round()
    expect(tokensThrough(result)).toBe(5)
    Object.assign(result.latency, { timeline: [] })
    Object.assign(result, { tokens: ['a', 'b'] })
    expect(tokensThrough(result)).toBe(5)
    expect(decodedTokens(result)).toBe(2)
    result.prompt.tokens = 9
    Object.assign(result.latency, { timeline: round().latency.timeline })
    expect(decodedTokens(result)).toBe(0)
  })
})

describe('time of a token', () => {
  it('is what passes between two, or in batches what each is on its way after the prompt', () => {
    const result = round()
    expect(tokenLatencyCycles(result)).toBe(1000)
    result.mapping.batch = 4
    expect(batchOf(result)).toBe(4)
    expect(tokenLatencyCycles(result)).toBe(1500)
    result.latency.timeline[4]!.endCycle += 200
    expect(tokenLatencyCycles(result)).toBe(1600)
    result.prompt.tokens = 5
    expect(tokenLatencyCycles(result)).toBe(1540)
    Object.assign(result.latency, { timeline: [] })
    expect(tokenLatencyCycles(result)).toBe(0)
    expect(batchOf({})).toBe(1)
  })

  it('names its basis', () => {
    const result = round()
    expect(latencyBasis(result)).toBe('mean of 2 generated tokens, prompt left out')
    result.mapping.batch = 4
    expect(latencyBasis(result)).toBe('mean time on the way of 2 generated tokens')
    result.prompt.tokens = 5
    expect(latencyBasis(result)).toBe('mean time on the way of 5 prompt tokens')
    result.mapping.batch = 1
    expect(latencyBasis(result)).toBe('the run over its 5 prompt tokens')
    Object.assign(result.latency, { timeline: [{ ...result.latency.timeline[0]!, position: 1023 }] })
    result.prompt.tokens = 1
    expect(tokenBasis(result)).toBe('1 token, at position 1,023')
    expect(latencyBasis(result)).toBe('1 token, at position 1,023')
    result.weights = 'statistical'
    expect(decodedName(result)).toBe('decode token')
    Object.assign(result.latency, { timeline: [] })
    Object.assign(result, { tokens: [] })
    expect(tokenBasis(result)).toBe('1 prompt token')
  })
})

describe('names and orders', () => {
  it('of layers: no layer last', () => {
    expect(layersOf([{ layer: 2 }, { layer: -1 }, { layer: 0 }, { layer: 2 }, { layer: 10 }])).toEqual([0, 2, 10, -1])
    expect([[1, 0], [0, 1], [-1, 0], [0, -1]].map((pair) => layersOf(pair.map((layer) => ({ layer }))))).toEqual([[0, 1], [0, 1], [0, -1], [0, -1]])
    expect([layerName(-1), layerName(0), layerName(7)]).toEqual(['no layer', 'layer 0', 'layer 7'])
    expect(operatorsOf([{ operator: 'q' }, { operator: 'a' }, { operator: 'q' }])).toEqual(['q', 'a'])
  })
})

describe('the tables of the page, cell by cell', () => {
  it('accounts', () => {
    expect(cellsOf(accounts(round()))).toEqual([
      ['Paper: spikes, additions', '1 M additions × 0.1125 pJ', '100 nJ', '20 nJ', '40×'],
      ['Paper: spikes, what stays', '200 k multiply-accumulates × 0.575 pJ', '50 nJ', '10 nJ', '80×'],
      ['Paper: spikes, both', 'additions and what stays multiplied', '150 nJ', '30 nJ', '26.7×'],
      ['Paper: no spikes, 4-bit', '3 M multiply-accumulates × 0.575 pJ', '2 µJ', '400 nJ', '2×'],
      ['Paper: no spikes, float', '3 M multiply-accumulates × 4.6 pJ', '15 µJ', '3 µJ', '0.267×'],
      ['This chip', 'everything', '4 µJ', '800 nJ', '1×'],
    ])
    const result = round()
    result.energy.paper.macs = 0
    expect(cellsOf(accounts(result)).map(([name]) => name)).toEqual([
      'Paper: spikes, additions', 'Paper: no spikes, 4-bit', 'Paper: no spikes, float', 'This chip',
    ])
  })

  it('energy and activity of operators', () => {
    const result = round()
    const byComponent = Object.fromEntries(COMPONENTS.map((name) => [name, 0])) as RunResult['energy']['byComponent']
    Object.assign(byComponent, { adders: 1000, weightSram: 2000, routers: 300, links: 500 })
    result.energy.byOperator = [{ operator: 'q', layer: 3, totalPj: 2.5e5, byComponent }]
    expect(cellsOf(operatorEnergy(result))).toEqual([['layer 3', 'q', '250 nJ', '25.0 %', '1 nJ', '2 nJ', '800 pJ']])
    result.energy.dynamicPj = 0
    result.energy.byOperator[0]!.totalPj = 0
    expect(cellsOf(operatorEnergy(result))[0]![3]).toBe('0.0 %')
    const [first] = result.activity.byOperator
    result.activity.byOperator = [{
      ...first!, operator: 'k', layer: -1, activations: 2000, spikes: 1500, spikesPerActivation: 0.75, firingRate: 0.125, timeSteps: 6,
      synapticAdditions: 96000,
    }]
    expect(cellsOf(operatorActivity(result))).toEqual([['no layer', 'k', '2,000', '1,500', '0.75', '12.5 %', '6', '96,000']])
  })

  it('latency', () => {
    const table = latency(round())
    expect(rowOf(table, 'whole run').slice(1)).toEqual(['10,000 cycles', '20 µs'])
    expect(rowOf(table, 'prompt').slice(1)).toEqual(['2,000 cycles', '4 µs; 3 tokens'])
    expect(rowOf(table, 'after the prompt').slice(1)).toEqual(['8,000 cycles', '16 µs; 2 generated tokens'])
    expect(rowOf(table, 'one token').slice(1)).toEqual(['1,000 cycles', '2 µs; mean of 2 generated tokens, prompt left out'])
    expect(rowOf(table, 'power')[1]).toBe('200 mW')
    const figures = { ...round(), wallSeconds: 1.5, throughput: { ...round().throughput, tokensPerSecond: 2.5e5 } }
    expect(rowOf(latency(figures), 'throughput').slice(1)).toEqual(['250 k tokens/s', 'all tokens over the whole run, prompt included'])
    expect(rowOf(latency(figures), 'simulation').slice(1)).toEqual(['1.5 s', 'on the host'])
    const short = round()
    short.prompt.tokens = 5
    short.latency.cycles = 0
    expect(cellsOf(latency(short)).map(([name]) => name)).toEqual(['whole run', 'prompt', 'one token', 'throughput', 'power', 'simulation'])
    expect(rowOf(latency(short), 'whole run')[2]).toBe('0 ns')
  })

  it('cores: shares of the run, those without a role left out, the busiest of many', () => {
    const result = round()
    const busyCycles = { adders: 1000, vector: 2000, encoder: 500, packetiser: 400, control: 100, waiting: 6000 }
    const core = { core: 3, column: 1, row: 2, roles: ['hub', 'tile q'], busyCycles, utilisation: 0.4, spikesConsumed: 1234 }
    result.cores = [core, { ...core, core: 4, roles: [] }]
    expect(cellsOf(cores(result))).toEqual([
      ['3', '(1, 2)', '40.0 %', '10.0 %', '20.0 %', '5.0 %', '4.0 %', '1.0 %', '60.0 %', '1,234', 'hub, tile q'],
    ])
    result.latency.cycles = 0
    expect(cellsOf(cores({ ...result, cores: [{ ...core, busyCycles: { ...busyCycles, adders: 0 } }] }))[0]![3]).toBe('0.0 %')
    const many = (count: number): string[] => {
      result.cores = Array.from({ length: count }, (_, at) => ({ ...core, core: at, utilisation: at % 2 === 0 ? 0.25 : 0.5 }))
      return cellsOf(cores(result)).map(([name]) => name!)
    }
    expect(many(128)).toEqual(Array.from({ length: 128 }, (_, at) => String(at)))
    result.cores = Array.from({ length: 130 }, (_, at) => ({ ...core, core: (at * 77) % 130, utilisation: 0.5 }))
    expect(cellsOf(cores(result)).map(([name]) => name)).toEqual(Array.from({ length: 128 }, (_, at) => String(at)))
    expect(many(129)).toEqual([
      ...Array.from({ length: 64 }, (_, at) => String(2 * at + 1)), ...Array.from({ length: 64 }, (_, at) => String(2 * at)),
    ])
  })

  it('links: the five busiest', () => {
    const result = round()
    result.links = [3, 9, 1, 7, 5, 8].map((flits, at) => ({
      from: { column: at, row: 0 }, to: { column: at, row: 1 }, flits: flits * 1000, utilisation: flits / 10,
    }))
    expect(cellsOf(busiestLinks(result))).toEqual([
      ['(1, 0) → (1, 1)', '9,000', '90.0 %'], ['(5, 0) → (5, 1)', '8,000', '80.0 %'], ['(3, 0) → (3, 1)', '7,000', '70.0 %'],
      ['(4, 0) → (4, 1)', '5,000', '50.0 %'], ['(0, 0) → (0, 1)', '3,000', '30.0 %'],
    ])
    expect(result.links.map(({ flits }) => flits)).toEqual([3000, 9000, 1000, 7000, 5000, 8000])
  })

  it('chip and model', () => {
    const table = setup(exampleResult({ chip: { grid: { columns: 4, rows: 2, coresPerTile: 2, tilePitchMm: 1.5 } } }))
    expect(rowOf(table, 'grid')[1]).toBe('4 × 2 mesh, 2 cores a tile')
    expect(rowOf(table, 'grid')[2]).toBe('500 MHz, 28 nm, tiles of 1.5 mm')
    expect(rowOf(table, 'core').slice(1)).toEqual([
      '64 adder lanes, 512 accumulators of 24 bits', '32 KiB weights in 8 banks, 64 KiB data, 16 vector lanes',
    ])
    expect(rowOf(table, 'network').slice(1)).toEqual([
      'xy routing, 4 VC × 8 flits', '64-bit flits, 3 cycles a hop, tree multicast',
    ])
    expect(rowOf(table, 'external memory').slice(1)).toEqual(['lpddr5', '25.6 GB/s'])
    expect(cellsOf(table).map(([name]) => name)).toEqual([
      'chip', 'grid', 'core', 'spike trains', 'network', 'synchronisation', 'external memory', 'model', 'parameters', 'encoding',
    ])
    expect(rowOf(table, 'spike trains').slice(1)).toEqual(['burst', 'weight rows read per-train'])
    expect(rowOf(table, 'synchronisation').slice(1)).toEqual(['dataflow', ''])
    expect(rowOf(table, 'model').slice(1)).toEqual(['example-lm', 'synthetic numbers, no such model exists'])
    expect(rowOf(table, 'encoding')[2]).toBe('4-bit weights, 4-bit activations, 8-bit KV cache')
    expect(rowOf(setup(exampleResult({ chip: { name: 'n', description: 'd' } })), 'chip')).toEqual(['chip', 'n', 'd'])
    const square = exampleResult({ chip: { grid: { columns: 2, rows: 2 }, system: { chipColumns: 2, chipRows: 2 } } })
    expect(rowOf(setup(square), 'system')[1]).toBe('2 × 2 chips')
    expect(exampleResult().chip.spec.grid.tilePitchMm).toBeUndefined()
    expect(rowOf(setup(exampleResult()), 'grid')[2]).toBe(`500 MHz, 28 nm, tiles of ${exampleResult().area!.tilePitchMm!.toPrecision(3)} mm`)
    expect(rowOf(table, 'parameters').slice(1)).toEqual([
      '1,049,984', '4 layers, width 128, feed-forward 344, 8 heads (4 KV), vocabulary 512',
    ])
    expect(rowOf(setup(exampleResult()), 'grid')[1]).toBe('8 × 8 mesh, 1 core a tile')
    const two = exampleResult({ chip: { system: { chipColumns: 2, chipRows: 1 }, dram: { kind: 'none' } } })
    expect(rowOf(setup(two), 'system').slice(1)).toEqual(['2 × 1 chips', '8 cycles between chips'])
    expect(rowOf(setup(two), 'external memory').slice(1)).toEqual(['none', ''])
    const bare = exampleResult()
    delete (bare as Partial<RunResult>).area
    expect(rowOf(setup(bare), 'grid')[2]).toBe('500 MHz, 28 nm,')
  })

  it('prices: values, ranges, counts by their unit', () => {
    const result = round()
    const [first] = result.constants
    const row = (more: object): RunResult['constants'][number] => ({
      ...first!, name: 'x', value: 1.2345, unit: 'pJ', low: 1, high: 2, kind: 'action', count: 1e6, energyPj: 1e3, ...more,
    })
    const cells = (more: object): string[] => cellsOf(constants({ ...result, constants: [row(more)] }))[0]!.slice(0, 5)
    expect(cells({})).toEqual(['x', '1.23 pJ', '1 .. 2', '1 M', '1 nJ'])
    expect(cells({ low: 1, high: 1 })[2]).toBe('')
    expect(cells({ low: undefined })[2]).toBe('')
    expect(cells({ high: undefined })[2]).toBe('')
    expect(cells({ kind: 'static', unit: 'uW/KiB', count: 12.5 }).slice(1, 4)).toEqual(['1.23 µW/KiB', '1 .. 2', '12.5 KiB'])
    expect(cells({ kind: 'static', unit: 'uW', count: 64 })[3]).toBe('64 of them')
  })
})

describe('the tables of an export, cell by cell', () => {
  const record = (result: RunResult, name: Parameters<typeof resultTable>[1], at = 0): Record<string, unknown> => {
    const { columns, rows } = resultTable(result, name)
    return Object.fromEntries(columns.map((column, index) => [column, rows[at]![index]]))
  }

  it('layers: energy, activity and cycles of the same layer and operator meet in a row', () => {
    const result = round()
    const byComponent = Object.fromEntries(COMPONENTS.map((name, at) => [name, at])) as RunResult['energy']['byComponent']
    const [fired] = result.activity.byOperator
    result.energy.byOperator = [{ operator: 'q', layer: 0, totalPj: 5, byComponent }]
    result.activity.byOperator = [
      { ...fired!, operator: 'q', layer: 0, activations: 10, spikes: 8, spikesPerActivation: 0.8, firingRate: 0.5, timeSteps: 3, synapticAdditions: 80 },
      { ...fired!, operator: 'q', layer: 1, activations: 1, spikes: 2, spikesPerActivation: 2, firingRate: 1, timeSteps: 2, synapticAdditions: 4 },
    ]
    result.latency.byLayer = [
      { layer: 0, operator: 'q', cycles: 7 }, { layer: 0, operator: 'q', cycles: 4 }, { layer: 0, operator: 'wait', cycles: 3 },
    ]
    expect(resultTable(result, 'layers').rows).toHaveLength(3)
    expect(record(result, 'layers')).toEqual({
      layer: 0, operator: 'q', cycles: 11, dynamic_pJ: 5, ...Object.fromEntries(COMPONENTS.map((name, at) => [`${name}_pJ`, at])),
      activations: 10, spikes: 8, spikes_per_activation: 0.8, firing_rate: 0.5, time_steps: 3, synaptic_additions: 80,
    })
    expect(record(result, 'layers', 1)).toMatchObject({ layer: 1, operator: 'q', cycles: null, dynamic_pJ: null, adders_pJ: null, spikes: 2 })
    const older = structuredClone(result)
    delete (older.latency as Partial<RunResult['latency']>).byLayer
    expect(resultTable(older, 'layers').rows.map((row) => row.slice(0, 3))).toEqual([[0, 'q', null], [1, 'q', null]])
    expect(record(result, 'layers', 2)).toMatchObject({ operator: 'wait', cycles: 3, dynamic_pJ: null, activations: null, synaptic_additions: null })
  })

  it('cores, waits, links, routers, path and power', () => {
    const result = round()
    const busyCycles = { adders: 1, vector: 2, encoder: 3, packetiser: 4, control: 5, waiting: 6 }
    const waits = [{ reason: 'spikes' as const, cycles: 9, culpritCore: 4, culpritOperator: 'o' }, { reason: 'semaphore' as const, cycles: 2 }]
    result.cores = [
      { core: 7, column: 1, row: 2, roles: ['a', 'b'], busyCycles, utilisation: 0.5, spikesConsumed: 11 },
      { core: 8, column: 1, row: 2, roles: [], busyCycles, utilisation: 0.5, spikesConsumed: 0, waits },
    ]
    expect(record(result, 'cores')).toEqual({
      core: 7, column: 1, row: 2, roles: 'a; b', utilisation: 0.5, adders_cycles: 1, vector_cycles: 2, encoder_cycles: 3,
      packetiser_cycles: 4, control_cycles: 5, waiting_cycles: 6, spikes_consumed: 11,
    })
    expect(resultTable(result, 'waits').rows).toEqual([[8, 'spikes', 9, 4, 'o'], [8, 'semaphore', 2, null, null]])
    result.links = [{ from: { column: 1, row: 2 }, to: { column: 3, row: 4 }, flits: 5, utilisation: 0.25 }]
    expect(resultTable(result, 'links').rows).toEqual([[1, 2, 3, 4, 5, 0.25]])
    result.routers = [{ column: 1, row: 2, flitHops: 3 }]
    expect(resultTable(result, 'routers')).toEqual({ columns: ['column', 'row', 'flit_hops'], rows: [[1, 2, 3]] })
    expect(resultTable(result, 'links').columns).toEqual(['from_column', 'from_row', 'to_column', 'to_row', 'flits', 'utilisation'])
    expect(resultTable(result, 'waits').columns).toEqual(['core', 'reason', 'cycles', 'culprit_core', 'culprit_operator'])
    result.latency.criticalPath = [{ core: 1, operator: 'q', part: 'adders', cycles: 6 }]
    expect(resultTable(result, 'path')).toEqual({ columns: ['core', 'operator', 'part', 'cycles'], rows: [[1, 'q', 'adders', 6]] })
    result.power = { averageW: 1, peakW: 2, binSeconds: 0.5, watts: [1, 2, 0] }
    expect(resultTable(result, 'power')).toEqual({ columns: ['start_s', 'watts'], rows: [[0, 1], [0.5, 2], [1, 0]] })
  })

  it('timeline in cycles and seconds, prices with what was overridden', () => {
    const result = round()
    expect(record(result, 'timeline', 2)).toMatchObject({ index: 2, start_cycle: 2000, end_cycle: 3500, start_s: expect.closeTo(4e-6, 12), end_s: expect.closeTo(7e-6, 12) })
    result.latency.cycles = 0
    expect(record(result, 'timeline', 2)).toMatchObject({ start_s: 0, end_s: 0 })
    const [first] = result.constants
    result.constants = [{ ...first!, overridden: true }, { ...first!, overridden: false }]
    expect([0, 1].map((at) => record(result, 'prices', at)['overridden'])).toEqual([1, 0])
    expect(record(result, 'prices')).toMatchObject({ name: first!.name, value: first!.value, energy_pJ: first!.energyPj, supply_V: first!.supplyVolts })
  })

  it.each(['waits', 'path', 'power'] as const)('%s: a result without any says so', (name) => {
    const result = round()
    delete (result as Partial<RunResult>).power
    delete (result.latency as Partial<RunResult['latency']>).criticalPath
    expect(() => resultTable(result, name)).toThrow(`nothing for the table '${name}'`)
  })
})
