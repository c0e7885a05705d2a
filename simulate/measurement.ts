import type { Chip, SpikeActivity } from '../sim/chip/chip.js'
import { joinProfiles, type Profile } from '../sim/chip/activity-profile.js'
import type { MemoryReport } from '../sim/component.js'
import type { Host, TokenTiming } from '../sim/chip/host.js'
import {
  allCounts, coreResults, lastTokenPath, linkResults, memoryResult, pathResults, routerResults, saturations, sparedOperations,
} from '../sim/chip/measure.js'
import type { PathRow } from '../sim/chip/critical-path.js'
import type { CoreResult, LinkResult, RouterResult } from '../sim/result/schema.js'

/** All that a finished machine has to say, as plain data: it can come from another thread, and two can be joined. */
export interface Measurement {
  readonly cycles: number
  readonly counts: Float64Array
  readonly activity: readonly SpikeActivity[]
  readonly cores: readonly CoreResult[]
  readonly links: readonly LinkResult[]
  readonly routers: readonly RouterResult[]
  readonly timings: readonly TokenTiming[]
  /** What the cycles consist of. */
  readonly path: readonly PathRow[]
  /** What the last token's cycles consist of. */
  readonly lastTokenPath: readonly PathRow[]
  readonly profile: Profile
  /** Spikes taken by the cores of each place of the chip, when. */
  readonly spikeProfile: Profile
  readonly dram: MemoryReport
  /** Sums that accumulators saturated. */
  readonly saturations: number
  /** Additions and products with weights of zero that were not made, by tag, by turns. */
  readonly spared: Float64Array
}

export function measure(chip: Chip, host: Host): Measurement {
  const cycles = chip.finishedAt
  chip.closeProfiles()
  return {
    cycles,
    counts: allCounts(chip),
    activity: chip.activity.map((row) => ({ ...row })),
    cores: coreResults(chip, cycles),
    links: linkResults(chip, cycles),
    routers: routerResults(chip),
    path: pathResults(chip),
    lastTokenPath: lastTokenPath(chip),
    timings: host.timings.map((timing) => ({ ...timing })),
    profile: chip.profile.profile(),
    spikeProfile: chip.spikeProfile.profile(),
    dram: memoryResult(chip),
    saturations: saturations(chip),
    spared: sparedOperations(chip),
  }
}

/** What two runs on the same chip, one after the other, come to. */
function join(
  first: Measurement, second: Measurement, { timings, lastTokenPath }: Pick<Measurement, 'timings' | 'lastTokenPath'>,
): Measurement {
  const cycles = first.cycles + second.cycles
  return {
    cycles,
    counts: first.counts.map((count, at) => count + second.counts[at]!),
    activity: first.activity.map((row, tag) => sumOf(row, second.activity[tag]!)),
    cores: joinCores(first, second),
    links: first.links.map((link, at) => {
      const flits = link.flits + second.links[at]!.flits
      return { ...link, flits, utilisation: flits / cycles }
    }),
    routers: first.routers.map((router, at) => ({ ...router, flitHops: router.flitHops + second.routers[at]!.flitHops })),
    timings,
    path: joinPaths(first.path, second.path),
    lastTokenPath,
    dram: joinDram(first.dram, second.dram),
    profile: joinProfiles(first.profile, second.profile, first.cycles, cycles),
    spikeProfile: joinProfiles(first.spikeProfile, second.spikeProfile, first.cycles, cycles),
    saturations: first.saturations + second.saturations,
    spared: first.spared.map((count, at) => count + second.spared[at]!),
  }
}

function joinDram(first: MemoryReport, second: MemoryReport): MemoryReport {
  return {
    ...first, rowHits: first.rowHits + second.rowHits, rowConflicts: first.rowConflicts + second.rowConflicts,
    busyCycles: first.busyCycles + second.busyCycles,
  }
}

/** The second run's tokens follow the first's. */
function joinTokens(first: Measurement, second: Measurement): Measurement {
  const position = first.timings.length === 0 ? 0 : first.timings[first.timings.length - 1]!.position + 1
  const { lastTokenPath } = second
  return join(first, second, { lastTokenPath, timings: [...first.timings, ...second.timings.map((timing) => ({
    ...timing, position: timing.position + position, startCycle: timing.startCycle + first.cycles, endCycle: timing.endCycle + first.cycles,
  }))] })
}

/** The second run is of other layers, and the same tokens: each token goes through its layers when it left the first's. */
function joinLayers(first: Measurement, second: Measurement): Measurement {
  let endCycle = 0
  const timings = second.timings.map((timing, at) => {
    const spent = ({ timings }: Measurement): number => timings[at]!.endCycle - (timings[at - 1]?.endCycle ?? 0)
    const startCycle = endCycle
    endCycle += spent(first) + spent(second)
    return { ...timing, startCycle, endCycle }
  })
  return join(first, second, { timings, lastTokenPath: joinPaths(first.lastTokenPath, second.lastTokenPath) })
}

function sumOf<T extends object>(a: T, b: T): T {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + (b as Record<string, number>)[key]!])) as T
}

/** A core that has a program in one of the runs only waits through the other. */
function joinCores(first: Measurement, second: Measurement): CoreResult[] {
  const rows = new Map<number, readonly [CoreResult | undefined, CoreResult | undefined]>()
  for (const row of first.cores) rows.set(row.core, [row, undefined])
  for (const row of second.cores) rows.set(row.core, [rows.get(row.core)?.[0], row])
  return [...rows.values()].map(([a, b]) => (
    joinCore(a ?? idle(b!, first.cycles), b ?? idle(a!, second.cycles), first.cycles + second.cycles)
  )).sort((a, b) => a.core - b.core)
}

function idle(core: CoreResult, cycles: number): CoreResult {
  const busyCycles = { adders: 0, vector: 0, encoder: 0, packetiser: 0, control: 0, waiting: cycles }
  return { ...core, busyCycles, utilisation: 0, spikesConsumed: 0, waits: [nothingToDo(cycles)] }
}

function joinPaths(first: readonly PathRow[], second: readonly PathRow[]): PathRow[] {
  const rows = new Map<string, PathRow>()
  for (const row of [...first, ...second]) {
    const key = `${row.core}/${row.operator}/${row.layer}/${row.part}`
    rows.set(key, { ...row, cycles: row.cycles + (rows.get(key)?.cycles ?? 0) })
  }
  return [...rows.values()].sort((a, b) => b.cycles - a.cycles)
}

type Wait = NonNullable<CoreResult['waits']>[number]

const nothingToDo = (cycles: number): Wait => (
  { reason: 'nothing to do', cycles, culpritCore: -1, culpritOperator: null }
)

function joinWaits(first: readonly Wait[], second: readonly Wait[]): Wait[] {
  const rows = new Map<string, Wait>()
  for (const wait of [...first, ...second]) {
    const { cycles, ...who } = wait
    const key = JSON.stringify(who)
    rows.set(key, { ...who, cycles: cycles + (rows.get(key)?.cycles ?? 0) })
  }
  return [...rows.values()].sort((a, b) => b.cycles - a.cycles)
}

function joinCore(a: CoreResult, b: CoreResult, cycles: number): CoreResult {
  const busyCycles = sumOf(a.busyCycles, b.busyCycles)
  return {
    ...a, busyCycles, spikesConsumed: a.spikesConsumed + b.spikesConsumed, waits: joinWaits(a.waits ?? [], b.waits ?? []),
    utilisation: Math.min(1, Math.max(0, 1 - busyCycles.waiting / cycles)),
  }
}

/** Runs of the same programs, one after the other, as one. */
export function joinAll(measurements: readonly Measurement[]): Measurement {
  return measurements.reduce(joinTokens)
}

/** Runs of consecutive layers, with the same tokens, as one in which the tokens do not overlap. */
export function joinAllLayers(measurements: readonly Measurement[]): Measurement {
  return measurements.reduce(joinLayers)
}
