import type { SpikeActivity } from '../../sim/chip/chip.js'
import type { Tag } from '../../sim/image.js'
import { ACTION_COUNT } from '../../isa/actions.js'
import type { Measurement } from '../measurement.js'

/** Measurements as quantities that can be added and scaled: what a sample says of a whole is made of such sums. */

type Busy = Measurement['cores'][number]['busyCycles']

const KEYS = ['activations', 'spikes', 'trains', 'timeSteps', 'slots'] as const
const BUSY = ['adders', 'vector', 'encoder', 'packetiser', 'control', 'waiting'] as const

/** What a sample does not say of the whole: who waited for whom on its way through all layers. */
const NOT_ADDITIVE = { path: [], lastTokenPath: [] }

function withoutWaits({ waits: _waits, ...core }: Measurement['cores'][number]): Measurement['cores'][number] {
  return core
}

/** Share of a core's cycles that it does not wait. */
const busyShare = (waiting: number, cycles: number): number => Math.min(1, Math.max(0, 1 - waiting / cycles))

/** The links of a measurement with other flits, in another time. */
function linksOf({ links }: Measurement, cycles: number, flitsOf: (flits: number, at: number) => number): Measurement['links'] {
  return links.map((link, at) => {
    const flits = Math.round(flitsOf(link.flits, at))
    return { ...link, flits, utilisation: flits / cycles }
  })
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
        utilisation: busyShare(busyCycles.waiting, cycles),
      }
    }),
    links: linksOf(b, cycles, (flits, at) => line(a.links[at]!.flits, flits)),
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

/**
 * A window through all layers, moved to another place of the prompt: each layer changes by what the first layer, alone,
 * changes from `from` to `to`, operator by operator.
 */
export function moved(whole: Measurement, from: Measurement, to: Measurement, layers: number, tags: readonly Tag[]): Measurement {
  const line = (base: number, a: number, b: number): number => Math.max(0, base + layers * (b - a))
  const first = firstLayerTags(tags)
  const cycles = line(whole.cycles, from.cycles, to.cycles)
  const coresOf = ({ cores }: Measurement) => new Map(cores.map((core) => [core.core, core]))
  const [before, after] = [coresOf(from), coresOf(to)]
  return {
    ...whole, cycles, profile: stretched(whole, cycles),
    counts: whole.counts.map((count, at) => {
      const [tag, action] = [Math.floor(at / ACTION_COUNT), at % ACTION_COUNT]
      const of = first[tag]! * ACTION_COUNT + action
      return Math.max(0, count + to.counts[of]! - from.counts[of]!)
    }),
    activity: whole.activity.map((row, tag) => {
      const [a, b] = [from.activity[first[tag]!]!, to.activity[first[tag]!]!]
      return Object.fromEntries(KEYS.map((key) => [key, Math.max(0, row[key] + b[key] - a[key])])) as unknown as SpikeActivity
    }),
    cores: whole.cores.map((core) => {
      const [a, b] = [before.get(core.core)?.busyCycles, after.get(core.core)?.busyCycles]
      const busy = BUSY.map((unit) => [unit, line(core.busyCycles[unit], a?.[unit] ?? 0, b?.[unit] ?? 0)])
      const busyCycles = Object.fromEntries(busy) as unknown as Busy
      return { ...core, busyCycles, utilisation: busyShare(busyCycles.waiting, cycles) }
    }),
    links: linksOf(whole, cycles, (flits, at) => line(flits, from.links[at]!.flits, to.links[at]!.flits)),
    routers: whole.routers.map((router, at) => (
      { ...router, flitHops: Math.round(line(router.flitHops, from.routers[at]!.flitHops, to.routers[at]!.flitHops)) }
    )),
  }
}

/** Of every tag, the tag of its operator in the first layer; itself outside layers. */
function firstLayerTags(tags: readonly Tag[]): number[] {
  return tags.map(({ operator, layer }, tag) => (layer <= 0 ? tag : tags.findIndex((other) => other.operator === operator && other.layer === 0)))
}

/** The same work in another time: what a core does not work, it waits. */
export function inCycles(measurement: Measurement, cycles: number): Measurement {
  return {
    ...measurement, cycles, profile: stretched(measurement, cycles),
    cores: measurement.cores.map((core) => {
      const busy = BUSY.reduce((sum, unit) => sum + (unit === 'waiting' ? 0 : core.busyCycles[unit]), 0)
      const waiting = Math.max(0, cycles - busy)
      return { ...core, busyCycles: { ...core.busyCycles, waiting }, utilisation: busyShare(waiting, cycles) }
    }),
  }
}

/**
 * A window's head counted `times` times, because the window ran it once although a prompt wants the logits of one token
 * only, or sequences that of each.
 * @param inTurn true where the head's time is time for which the layers wait
 */
export function withHeads(window: Measurement, tags: readonly Tag[], times: number, inTurn: boolean): Measurement {
  const isHead = tags.map(({ operator }) => operator === 'head')
  const headCycles = inTurn ? window.path.reduce((sum, { operator, cycles }) => sum + (operator === 'head' ? cycles : 0), 0) : 0
  return {
    ...inCycles(window, Math.max(1, window.cycles + (times - 1) * headCycles)),
    counts: window.counts.map((count, at) => (isHead[Math.floor(at / ACTION_COUNT)] ? times * count : count)),
    activity: window.activity.map((row, tag) => (isHead[tag] ? scaled(row, times) : row)),
  }
}

function scaled(row: SpikeActivity, times: number): SpikeActivity {
  return Object.fromEntries(KEYS.map((key) => [key, Math.round(times * row[key])])) as unknown as SpikeActivity
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
    links: linksOf(first, cycles, (_, at) => sum((part) => part.links[at]!.flits)),
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
      utilisation: busyShare(waiting, cycles),
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
    for (const key of KEYS) {
      const sum = group.reduce((total, tag) => total + measurement.activity[tag]![key], 0)
      group.forEach((tag, at) => { activity[tag]![key] = Math.floor(sum / whole) + (at < sum % whole ? 1 : 0) })
    }
  }
  return { ...measurement, counts, activity }
}
