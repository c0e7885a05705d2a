import type { SpikeActivity } from '../../sim/chip/chip.js'
import type { Tag } from '../../sim/image.js'
import { ACTION_COUNT } from '../../isa/actions.js'
import type { Measurement } from '../measurement.js'

/** Measurements as quantities that can be added and scaled: what a sample says of a whole is made of such sums. */

type Busy = Measurement['cores'][number]['busyCycles']

const BUSY = ['adders', 'vector', 'encoder', 'packetiser', 'control', 'waiting'] as const

/** What a sample does not say of the whole: who waited for whom on its way through all layers. */
const NOT_ADDITIVE = { path: [], lastTokenPath: [] }

function withoutWaits({ waits: _waits, ...core }: Measurement['cores'][number]): Measurement['cores'][number] {
  return core
}

/** a + factor * (b - a), of everything that adds up; cores, links and routers are those of `b`. */
export function extrapolate(a: Measurement, b: Measurement, factor: number): Measurement {
  const line = (from: number, to: number): number => Math.max(0, from + factor * (to - from))
  const cycles = line(a.cycles, b.cycles)
  const coresOfA = new Map(a.cores.map((core) => [core.core, core]))
  return {
    ...b, ...NOT_ADDITIVE, cycles, profile: stretched(b, cycles),
    counts: a.counts.map((count, at) => line(count, b.counts[at]!)),
    activity: a.activity.map((row, tag) => lineOf(row, b.activity[tag]!, line)),
    cores: b.cores.map((core) => {
      const from = coresOfA.get(core.core)?.busyCycles
      const busyCycles = Object.fromEntries(BUSY.map((unit) => [unit, line(from?.[unit] ?? (unit === 'waiting' ? a.cycles : 0), core.busyCycles[unit])])) as unknown as Busy
      return {
        ...withoutWaits(core), busyCycles, spikesConsumed: Math.round(line(coresOfA.get(core.core)?.spikesConsumed ?? 0, core.spikesConsumed)),
        utilisation: Math.min(1, Math.max(0, 1 - busyCycles.waiting / cycles)),
      }
    }),
    links: b.links.map((link, at) => {
      const flits = Math.round(line(a.links[at]!.flits, link.flits))
      return { ...link, flits, utilisation: flits / cycles }
    }),
    routers: b.routers.map((router, at) => ({ ...router, flitHops: Math.round(line(a.routers[at]!.flitHops, router.flitHops)) })),
  }
}

/** The same power over time, for longer: bins are as many cycles longer as the run is. */
function stretched({ profile, cycles: before }: Measurement, cycles: number): Measurement['profile'] {
  const longer = cycles / before
  return { ...profile, binCycles: profile.binCycles * longer, counts: profile.counts.map((count) => count * longer) }
}

function lineOf(a: SpikeActivity, b: SpikeActivity, line: (from: number, to: number) => number): SpikeActivity {
  return {
    activations: Math.round(line(a.activations, b.activations)), spikes: Math.round(line(a.spikes, b.spikes)),
    trains: Math.round(line(a.trains, b.trains)), timeSteps: Math.round(line(a.timeSteps, b.timeSteps)),
    slots: Math.round(line(a.slots, b.slots)),
  }
}

/** The sum of measurements of parts that follow each other, each `times` times. */
export function repeated(parts: readonly Measurement[], times: number): Measurement {
  const sum = (pick: (part: Measurement) => number): number => times * parts.reduce((total, part) => total + pick(part), 0)
  const [first] = parts as [Measurement]
  const cycles = sum((part) => part.cycles)
  return {
    ...first, ...NOT_ADDITIVE, cycles, profile: stretched(first, cycles),
    counts: first.counts.map((_, at) => sum((part) => part.counts[at]!)),
    activity: first.activity.map((row, tag) => Object.fromEntries(Object.keys(row).map((key) => (
      [key, Math.round(sum((part) => part.activity[tag]![key as keyof SpikeActivity]))]
    ))) as unknown as SpikeActivity),
    cores: repeatedCores(parts, times, cycles),
    links: first.links.map((link, at) => {
      const flits = Math.round(sum((part) => part.links[at]!.flits))
      return { ...link, flits, utilisation: flits / cycles }
    }),
    routers: first.routers.map((router, at) => ({ ...router, flitHops: Math.round(sum((part) => part.routers[at]!.flitHops)) })),
  }
}

/** A core that has a program in some of the parts only waits through the others. */
function repeatedCores(parts: readonly Measurement[], times: number, cycles: number): Measurement['cores'] {
  const rows = new Map<number, { core: Measurement['cores'][number]; busy: Record<string, number>; spikes: number }>()
  for (const { cores } of parts) {
    for (const core of cores) {
      const row = rows.get(core.core) ?? { core, busy: {}, spikes: 0 }
      rows.set(core.core, row)
      row.spikes += times * core.spikesConsumed
      for (const unit of BUSY) if (unit !== 'waiting') row.busy[unit] = (row.busy[unit] ?? 0) + times * core.busyCycles[unit]
    }
  }
  return [...rows.values()].sort((a, b) => a.core.core - b.core.core).map(({ core, busy, spikes }) => {
    const waiting = Math.max(0, cycles - Object.values(busy).reduce((sum, unit) => sum + unit, 0))
    return {
      ...withoutWaits(core), busyCycles: { ...busy, waiting } as Busy, spikesConsumed: Math.round(spikes),
      utilisation: Math.min(1, Math.max(0, 1 - waiting / cycles)),
    }
  })
}

/**
 * Shares what layers did that stand for others out among those: every layer behind the first gets the mean of the
 * layers that ran, operator by operator. The sums stay.
 */
export function shareOut(measurement: Measurement, tags: readonly Tag[]): Measurement {
  const counts = measurement.counts.slice()
  const activity = measurement.activity.map((row) => ({ ...row }))
  const byOperator = new Map<string, number[]>()
  tags.forEach(({ operator, layer }, tag) => {
    if (layer > 0) byOperator.set(operator, [...byOperator.get(operator) ?? [], tag])
  })
  for (const group of byOperator.values()) {
    const whole = group.length
    for (let action = 0; action < ACTION_COUNT; action++) {
      const sum = group.reduce((total, tag) => total + measurement.counts[tag * ACTION_COUNT + action]!, 0)
      for (const tag of group) counts[tag * ACTION_COUNT + action] = sum / whole
    }
    for (const key of ['activations', 'spikes', 'trains', 'timeSteps', 'slots'] as const) {
      const sum = group.reduce((total, tag) => total + measurement.activity[tag]![key], 0)
      group.forEach((tag, at) => { activity[tag]![key] = Math.floor(sum / whole) + (at < sum % whole ? 1 : 0) })
    }
  }
  return { ...measurement, counts, activity }
}
