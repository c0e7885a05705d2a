import type { ChipSpec } from '../sim/config/chip-spec.js'
import { coreCount } from '../sim/config/size.js'
import type { Component } from '../isa/actions.js'
import type { RunResult } from '../sim/result/schema.js'
import { percent } from './format.js'
import { pathByPart, workByUnit } from './why.js'

/**
 * Changes worth a try, from what a result says of its energy and its time. Nothing is promised here: `advise` simulates
 * each, and ranks by what came out.
 */

export type KnobValue = string | number

/** One change of a chip file, or of the options of a run. */
export interface Candidate {
  /** 'core.lanes=128', as `--set` takes it; options of a run begin with dashes: '--encoding=graded'. */
  readonly set: string
  /** Path of the chip key, or the option's name. */
  readonly key: string
  readonly value: KnobValue
  readonly option: boolean
  readonly why: string
  /** How much of energy and time the change could touch at most: what is tried first. */
  readonly weight: number
}

interface Context {
  readonly result: RunResult
  readonly spec: ChipSpec
  /** Share of a token's energy. */
  readonly energy: (...components: readonly Component[]) => number
  /** Share of the critical path in parts so named; without a path, of the cycles in which cores worked. */
  readonly time: (pattern: RegExp) => number
  /** Where that share is from, in words. */
  readonly timeOf: string
}

function contextOf(result: RunResult): Context {
  const { energy, chip } = result
  const path = pathByPart(result)
  const rows = path.length > 0 ? path : workByUnit(result)
  const total = energy.totalPj || 1
  return {
    result, spec: chip.spec,
    energy: (...components) => components.reduce((sum, component) => sum + energy.byComponent[component], 0) / total,
    time: (pattern) => rows.reduce((sum, { name, share }) => sum + (pattern.test(name) ? share : 0), 0),
    timeOf: path.length > 0 ? 'of the critical path' : 'of the cycles in which cores work',
  }
}

/** A chip key or option, the values to try, and what speaks for each. */
interface Knob {
  readonly key: string
  readonly option?: boolean
  readonly values: (context: Context) => readonly KnobValue[]
  readonly why: (context: Context, value: KnobValue) => string
  readonly weight: (context: Context) => number
}

const share = (context: Context, pattern: RegExp, what: string): string => `${what}: ${percent(context.time(pattern))} ${context.timeOf}`
const paid = (context: Context, what: string, ...components: readonly Component[]): string =>
  `${what}: ${percent(context.energy(...components))} of the energy`

/** Twice and half, within what the key may be. */
function around(value: number, least: number, most: number): number[] {
  return [value * 2, Math.floor(value / 2)].filter((next) => next >= least && next <= most && next !== value)
}

const ADDERS = /adder|weight|port/i
const VECTOR = /vector/i
const ENCODER = /encod/i
const PACKETS = /packet|inject/i
const NETWORK = /network|router|link|hop|packet|inject/i
const MEMORY = /memory|dram/i

const STATIC: readonly Component[] = ['clock', 'leakage']

const KNOBS: readonly Knob[] = [
  {
    key: 'core.lanes', values: ({ spec }) => around(spec.core.lanes, 4, 4096),
    why: (c) => share(c, ADDERS, 'adders and weight ports'), weight: (c) => c.time(ADDERS) + c.energy('adders', ...STATIC) / 4,
  },
  {
    key: 'core.weightBanks', values: ({ spec }) => around(spec.core.weightBanks, 1, 256),
    why: (c) => `${share(c, ADDERS, 'adders and weight ports')}; ${paid(c, 'weight SRAM', 'weightSram')}`,
    weight: (c) => c.time(ADDERS) / 2 + c.energy('weightSram'),
  },
  {
    key: 'core.vectorLanes', values: ({ spec }) => around(spec.core.vectorLanes, 1, 1024),
    why: (c) => share(c, VECTOR, 'vector unit'), weight: (c) => c.time(VECTOR) + c.energy('vectorUnit') / 4,
  },
  {
    key: 'core.encoderLanes', values: ({ spec }) => around(spec.core.encoderLanes, 1, 1024),
    why: (c) => share(c, ENCODER, 'encoder'), weight: (c) => c.time(ENCODER),
  },
  {
    key: 'core.dataSramBanks', values: ({ spec }) => around(spec.core.dataSramBanks, 1, 64),
    why: (c) => paid(c, 'data SRAM', 'dataSram'), weight: (c) => c.energy('dataSram'),
  },
  {
    key: 'network.flitBits', values: ({ spec }) => around(spec.network.flitBits, 32, 512),
    why: (c) => `${share(c, NETWORK, 'network and packets')}; ${paid(c, 'routers and links', 'routers', 'links')}`,
    weight: (c) => c.time(NETWORK) + c.energy('routers', 'links'),
  },
  {
    key: 'network.wordsPerPacket', values: ({ spec }) => around(spec.network.wordsPerPacket, 2, 256),
    why: (c) => share(c, PACKETS, 'packets'), weight: (c) => c.time(PACKETS) / 2,
  },
  {
    key: 'network.eventsPerPacket', values: ({ spec }) => around(spec.network.eventsPerPacket, 1, 256),
    why: (c) => share(c, PACKETS, 'packets'), weight: (c) => c.time(PACKETS) / 3,
  },
  {
    key: 'network.hopCycles', values: ({ spec }) => (spec.network.hopCycles > 3 ? [3] : []),
    why: (c) => share(c, NETWORK, 'network and packets'), weight: (c) => c.time(NETWORK),
  },
  {
    key: 'network.multicast', values: ({ spec }) => (spec.network.multicast === 'unicast' ? ['tree'] : []),
    why: (c) => paid(c, 'routers and links', 'routers', 'links'), weight: (c) => c.energy('routers', 'links') + c.time(NETWORK),
  },
  {
    key: 'grid.topology', values: ({ spec }) => (spec.grid.topology === 'mesh' && coreCount(spec) > 4 ? ['torus'] : []),
    why: (c) => share(c, NETWORK, 'network and packets'), weight: (c) => c.time(NETWORK) / 2,
  },
  {
    key: 'sync.mode', values: ({ spec }) => (spec.sync.mode === 'barrier' ? ['dataflow'] : []),
    why: () => 'every time step waits for the slowest core of the chip', weight: () => 1,
  },
  {
    key: 'core.weightReuse', values: ({ spec }) => (spec.core.weightReuse === 'per-spike' ? ['per-train'] : []),
    why: (c) => paid(c, 'weight SRAM', 'weightSram'), weight: (c) => c.energy('weightSram'),
  },
  {
    key: 'dram.gigabytesPerSecond',
    values: ({ spec, energy }) => (energy('dram') > 0 ? around(spec.dram.gigabytesPerSecond, 0.01, 100_000) : []),
    why: (c) => `${share(c, MEMORY, 'external memory')}; ${paid(c, 'external memory', 'dram')}`,
    weight: (c) => 2 * c.time(MEMORY) + c.energy('dram'),
  },
  {
    key: 'dram.streaming',
    values: ({ spec, energy }) => (energy('dram') > 0 && spec.dram.streaming === 'tile' ? ['row'] : []),
    why: (c) => `rows of silent inputs need not be fetched; ${paid(c, 'external memory', 'dram')}`, weight: (c) => 2 * c.energy('dram'),
  },
  {
    key: 'clockGating', values: ({ spec }) => (spec.clockGating < 0.99 ? [0.99] : []),
    why: (c) => paid(c, 'clock', 'clock'), weight: (c) => c.energy('clock'),
  },
  {
    key: 'idleMemory', values: ({ spec }) => (spec.idleMemory === 'on' ? ['retention'] : []),
    why: (c) => paid(c, 'leakage', 'leakage'), weight: (c) => c.energy('leakage'),
  },
  {
    key: 'unusedCores', values: ({ spec, result }) => (spec.unusedCores === 'on' && result.mapping.coresUsed < coreCount(spec) ? ['off'] : []),
    why: (c) => paid(c, 'clock and leakage', ...STATIC), weight: (c) => c.energy(...STATIC),
  },
  {
    key: 'core.accumulators', values: ({ spec }) => around(spec.core.accumulators, 1, 8192),
    why: (c) => paid(c, 'accumulators', 'membrane'), weight: (c) => c.energy('membrane'),
  },
  {
    key: '--encoding', option: true,
    values: ({ result }) => ['graded', 'bitwise', 'ternary'].filter((name) => name !== result.encoding.name),
    why: (c) => `${paid(c, 'spikes on their way', 'spikeIo', 'routers', 'links')}; ${share(c, ADDERS, 'adders and weight ports')}`,
    weight: (c) => c.energy('spikeIo', 'routers', 'links', 'weightSram') + c.time(ADDERS) / 2,
  },
  {
    key: '--mapping', option: true, values: ({ result }) => (result.mapping.timeMultiplexed ? ['stationary'] : ['shared']),
    why: (c) => `${c.result.mapping.coresUsed} of ${c.result.mapping.coresAvailable} cores hold a part; ${paid(c, 'clock and leakage', ...STATIC)}`,
    weight: (c) => c.energy(...STATIC) / 2,
  },
  {
    key: '--batch', option: true,
    values: ({ result }) => (result.mapping.timeMultiplexed && result.prompt.tokens > 1 ? around(result.mapping.batch, 1, 64) : []),
    why: (c) => `tokens of a batch share fetched weights; ${paid(c, 'external memory', 'dram')}`, weight: (c) => c.energy('dram'),
  },
]

/** Changes to try, those first that touch most of the run's energy and time. */
export function candidatesOf(result: RunResult): Candidate[] {
  const context = contextOf(result)
  return KNOBS.flatMap((knob) => knob.values(context).map((value): Candidate => ({
    set: `${knob.key}=${value}`, key: knob.key, value, option: knob.option === true, why: knob.why(context, value),
    weight: knob.weight(context),
  }))).sort((a, b) => b.weight - a.weight)
}

/** The change as a line of a chip file; as an option of `run` where it is none. */
export function lineOf({ key, value, option }: Pick<Candidate, 'key' | 'value' | 'option'>): string {
  if (option) return `${key} ${value}`
  return key.split('.').reduceRight((inner, name, at, names) => (
    at === names.length - 1 ? `${name}: ${inner}` : `${name}: { ${inner} }`
  ), String(value))
}
