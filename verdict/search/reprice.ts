import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { tileCount } from '../../sim/config/size.js'
import { BUSY_GATING, energyLedger } from '../../sim/energy/ledger.js'
import type { EnergyLedger } from '../../sim/energy/ledger.js'
import type { RunResult } from '../../sim/result/schema.js'

/** What happened in a run, without its prices. */
export interface Happened {
  readonly tokens: number
  readonly cycles: number
  readonly counts: Float64Array
  readonly coresUsed: number
  readonly busyCores: number
  readonly busyRouters: number
}

/** Cores or routers that were busy on average, from how many clocks ran: busy (1 - BUSY_GATING g) + (all - busy) (1 - g). */
function busyOf(clocks: number, all: number, gating: number): number {
  return (clocks - all * (1 - gating)) / (gating * (1 - BUSY_GATING))
}

/** Takes a result's prices off again. @throws RangeError if nothing of its clock is gated, which hides how busy it was */
export function happenedIn({ constants, chip: { spec }, energy, latency, mapping }: RunResult): Happened {
  const { clockGating } = spec as ChipSpec
  if (clockGating === 0) throw new RangeError('a result without clock gating does not say how busy its cores were')
  const counts = new Float64Array(ACTION_COUNT)
  const countOf = (name: string): number => constants.find((row) => row.name === name)!.count
  for (const { name, count } of constants) {
    const index = (ACTION_INDEX as Readonly<Record<string, number>>)[name]
    if (index !== undefined) counts[index] = count
  }
  const routers = tileCount(spec as ChipSpec)
  return {
    tokens: Math.round(energy.totalPj / energy.perTokenPj), cycles: latency.cycles, counts, coresUsed: mapping.coresUsed,
    busyCores: busyOf(countOf('coreClock'), mapping.coresUsed, clockGating),
    busyRouters: busyOf(countOf('routerClock'), routers, clockGating),
  }
}

/** The same run at the prices of another chip, on which it would take the same cycles. */
export function priced(run: Happened, spec: ChipSpec): EnergyLedger {
  const { cycles, counts, coresUsed, tokens } = run
  return energyLedger({
    counts, tags: [{ operator: 'all', layer: -1 }], cycles, spec,
    busy: { coreCycles: run.busyCores * cycles, routerCycles: run.busyRouters * cycles, coresUsed, wakes: coresUsed * tokens },
  })
}

/**
 * The run of a model whose layers are all alike, from runs of two short ones: what a layer adds, it adds every time.
 * @param few layers of the two, the shorter first
 */
export function withLayers(first: Happened, second: Happened, few: readonly [number, number], layers: number): Happened {
  const grow = (a: number, b: number): number => a + ((b - a) / (few[1] - few[0])) * (layers - few[0])
  const cycles = grow(first.cycles, second.cycles)
  const busy = (key: 'busyCores' | 'busyRouters'): number => grow(first[key] * first.cycles, second[key] * second.cycles) / cycles
  return {
    tokens: first.tokens, cycles, // Links between chips are so few that where a short model lies can outweigh its layers.
    counts: first.counts.map((count, at) => Math.max(0, grow(count, second.counts[at]!))),
    coresUsed: Math.ceil(grow(first.coresUsed, second.coresUsed)), busyCores: busy('busyCores'), busyRouters: busy('busyRouters'),
  }
}

export function toJson(run: Happened): string {
  return JSON.stringify({ ...run, counts: [...run.counts] })
}

export function fromJson(text: string): Happened {
  const run = JSON.parse(text) as Omit<Happened, 'counts'> & { counts: number[] }
  return { ...run, counts: Float64Array.from(run.counts) }
}
