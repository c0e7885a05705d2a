import { PLACEMENTS } from '../programs/compile/choices.js'
import type { Placement } from '../programs/compile/ir.js'
import { expectedFlitHops, place } from '../programs/compile/place.js'
import { tile } from '../programs/compile/tile.js'
import { DEFAULT_QUANTIZE_OPTIONS } from '../programs/quantize/index.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { shapeModel } from '../programs/shapes/shape-model.js'
import type { RunResult } from '../sim/result/schema.js'
import { completeChip } from '../sim/config/load-chip.js'
import { main, median, spread } from './harness.js'
import type { BenchRow } from './harness.js'
import { runProgram } from './program.js'

/**
 * What placement saves: flit-hops, cycles and energy of the shipped model beside the row-major placement, simulated;
 * and the expected flit-hops of a model of 7 billion parameters, with the time that placing takes.
 */

const REFERENCE: Placement = 'row-major'
const COMPARED = PLACEMENTS.filter((placement) => placement !== REFERENCE)

interface Costs {
  readonly 'flit-hops/token': number
  readonly 'cycles/token': number
  readonly 'network nJ/token': number
  readonly 'nJ/token': number
}

/** 32 tokens after the default prompt; the same seed gives the same figures, so one run is enough. */
function costs(chip: string, placement: Placement): Costs {
  const { output } = runProgram<RunResult>(['run', '--chip', chip, '--tokens', '32', '--placement', placement])
  if (!output.verification.bitExact) throw new Error(`${chip}, ${placement}: not bit-exact`)
  const tokens = output.latency.timeline.length
  const { routers, links } = output.energy.byComponent as { routers: number; links: number }
  return {
    'flit-hops/token': output.activity.flitHops / tokens,
    'cycles/token': output.latency.cyclesPerToken,
    'network nJ/token': (routers + links) / tokens / 1000,
    'nJ/token': output.energy.perTokenPj / 1000,
  }
}

function chipRows(chip: string): BenchRow[] {
  const reference = costs(chip, REFERENCE)
  return COMPARED.flatMap((placement) => {
    const own = costs(chip, placement)
    return (Object.keys(own) as (keyof Costs)[]).map((unit): BenchRow => ({
      name: `shipped model on ${chip}, ${placement} placement`, unit, value: own[unit],
      reference: `${REFERENCE} placement`, ratio: own[unit] / reference[unit],
    }))
  })
}

/** LLaMA-2-7B, weight-stationary on 64 chips of 80 cores. */
function largeRows(): BenchRow[] {
  const model = shapeModel('llama-2-7b', MODEL_SHAPES['llama-2-7b']!, DEFAULT_QUANTIZE_OPTIONS)
  const chip = completeChip({
    grid: { columns: 10, rows: 8 }, system: { chipColumns: 8, chipRows: 8 },
    core: { weightSramKiB: 1024, dataSramKiB: 512, lanes: 256 },
  })
  const placed = (placement: Placement) => place(tile(model, chip, { positions: 1025, attention: 'dense', placement }))
  const reference = expectedFlitHops(placed(REFERENCE))
  const name = (placement: Placement): string => `LLaMA-2-7B on 5,120 cores, ${placement} placement`
  const rows = COMPARED.map((placement): BenchRow => {
    const hops = expectedFlitHops(placed(placement))
    return {
      name: name(placement), unit: 'expected flit-hops/token', value: hops,
      reference: `${REFERENCE} placement`, ratio: hops / reference,
    }
  })
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now()
    placed('annealed')
    return (performance.now() - start) / 1000
  })
  return [...rows, {
    name: `${name('annealed')}: time to place`, unit: 's', value: median(times), spread: spread(times),
    reference: 'the goal', source: 'goal of 10 s', ratio: median(times) / 10,
  }]
}

export function placementBenchmarks(): BenchRow[] {
  return [...chipRows('loom-64'), ...chipRows('loom-256-wide'), ...largeRows()]
}

await main(import.meta.url, placementBenchmarks)
