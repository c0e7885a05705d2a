import { ACTION_COUNT } from '../../isa/actions.js'

export interface PowerInput {
  /** Counts of actions in bins of `binCycles`: bins x ACTION_COUNT. */
  readonly counts: Float64Array
  readonly binCycles: number
  /** pJ of each action, in the order of the counters. */
  readonly actionPj: Float64Array
  /** Energy of the whole run that is drawn evenly. */
  readonly staticPj: number
  readonly cycles: number
  readonly clockMHz: number
}

export interface Power {
  readonly averageW: number
  /** Of the bin that draws most. */
  readonly peakW: number
  readonly binSeconds: number
  readonly watts: number[]
}

/** Energy of each bin's actions, pJ; what was counted past the run's end belongs to its last bin. */
function binEnergies({ counts, binCycles, actionPj, cycles }: PowerInput): number[] {
  const bins = Math.max(1, Math.ceil(cycles / binCycles))
  const energies = new Array<number>(bins).fill(0)
  for (let at = 0; at < counts.length; at++) {
    const bin = Math.min(bins - 1, Math.floor(at / ACTION_COUNT))
    energies[bin]! += counts[at]! * actionPj[at % ACTION_COUNT]!
  }
  return energies
}

/** Power over time: the actions of each bin, and the static power, which is the same in all. pJ a microsecond is a uW. */
export function powerOf(input: PowerInput): Power {
  const { binCycles, staticPj, cycles, clockMHz } = input
  if (cycles === 0) return { averageW: 0, peakW: 0, binSeconds: 0, watts: [] }
  const microseconds = (length: number): number => length / clockMHz
  const staticUw = staticPj / microseconds(cycles)
  const energies = binEnergies(input)
  const watts = energies.map((pj, bin) => {
    const length = Math.min(binCycles, cycles - bin * binCycles)
    return (staticUw + pj / microseconds(length)) * 1e-6
  })
  const dynamicPj = energies.reduce((sum, pj) => sum + pj, 0)
  return {
    averageW: (staticUw + dynamicPj / microseconds(cycles)) * 1e-6,
    peakW: Math.max(...watts),
    binSeconds: microseconds(binCycles) * 1e-6,
    watts,
  }
}
