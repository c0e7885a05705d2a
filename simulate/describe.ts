import { ACTION_COUNT, ACTION_INDEX } from '../isa/actions.js'
import type { Action } from '../isa/actions.js'
import { DRIVERS } from '../sim/energy/drivers.js'
import { energyLedger } from '../sim/energy/ledger.js'
import type { BusyCycles, EnergyLedger } from '../sim/energy/ledger.js'
import { paperAdditionPj, paperEnergy, paperMacPj } from '../sim/energy/paper.js'
import type { Tag } from '../sim/image.js'
import { activityByOperator, totalActivity } from '../sim/result/activity.js'
import { componentIntervals, totalInterval } from '../sim/result/intervals.js'
import { RESULT_VERSION } from '../sim/result/schema.js'
import type { RunResult } from '../sim/result/schema.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { attentionMacs, macsOf } from '../programs/graph/macs.js'
import { parameterCount } from '../programs/models/types.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import type { Verdict } from '../programs/reference/verify.js'
import { SPIKELOOM_VERSION } from '../version.js'
import { describeSpikes } from './describe-spikes.js'
import { describeArea, describeMemory, describePower, physicsNotes } from './describe-physics.js'
import type { Measurement } from './measurement.js'

/** How the model lay on the chip. */
export interface MappingSummary {
  readonly tags: readonly Tag[]
  readonly coresUsed: number
  readonly coresAvailable: number
  readonly shared: boolean
  readonly batch: number
  readonly notes: readonly string[]
}

/** A finished run: everything its result is made of. */
export interface FinishedRun {
  readonly model: QuantizedModel
  readonly provenance: string
  readonly chip: ChipSpec
  readonly seed: number
  readonly prompt: { readonly text: string; readonly tokens: number; readonly sequences: number }
  readonly tokenIds: readonly number[]
  readonly verdict: Verdict
  readonly measurement: Measurement
  readonly mapping: MappingSummary
  /** Source of drawn spike counts; undefined when they were computed. */
  readonly drawnFrom: string | undefined
  /** True if the counts are those of a recording, one by one. */
  readonly replayed?: boolean
  /** Positions in the KV cache before the first token. */
  readonly firstPosition: number
  /** True if each layer was simulated by itself. */
  readonly byLayer?: boolean
}

/** The result of a run, all but its wall time. */
export function describeRun(run: FinishedRun): Omit<RunResult, 'wallSeconds'> {
  const { model, chip, measurement, mapping, tokenIds } = run
  const { counts, cycles } = measurement
  const encoding = describeEncoding(model)
  const ledger = energyLedger({ counts, tags: mapping.tags, cycles, busy: busyCycles(run), spec: chip, widths: encoding })
  const power = describePower(measurement, chip, ledger)
  const area = describeArea(chip)
  const processed = measurement.timings.length
  return {
    schemaVersion: RESULT_VERSION,
    kind: 'run',
    spikeloomVersion: SPIKELOOM_VERSION,
    weights: run.drawnFrom === undefined ? 'real' : 'statistical',
    fidelity: { network: 'cycle', cores: 'event', statement: fidelityOf(run) },
    chip: { name: chip.name, spec: chip },
    model: describeModel(model, run.provenance),
    encoding,
    seed: run.seed,
    prompt: run.prompt,
    tokens: tokenIds.map((id) => model.tokenizer.decodeToken(id)),
    tokenIds: [...tokenIds],
    text: model.tokenizer.decode(tokenIds),
    verification: run.verdict,
    latency: describeLatency(run),
    throughput: { tokensPerSecond: processed / seconds(cycles, chip) },
    energy: describeEnergy(run, ledger),
    power,
    area,
    memory: describeMemory(measurement, chip),
    activity: {
      ...totalActivity(mapping.tags, measurement.activity),
      synapticAdditions: sumOf(counts, 'synapticAdd'),
      flitHops: sumOf(counts, 'flitHop'),
      ...(chip.core.zeroWeights === 'paid' ? {} : { sparedOperations: measurement.spared.reduce((sum, count) => sum + count, 0) }),
      ...(chip.core.overflow === 'saturate' ? { saturatedSums: measurement.saturations } : {}),
      byOperator: activityByOperator(mapping.tags, measurement.activity, counts),
      overTime: describeSpikes(measurement, chip),
    },
    cores: [...measurement.cores],
    links: [...measurement.links],
    routers: [...measurement.routers],
    mapping: {
      coresUsed: mapping.coresUsed, coresAvailable: mapping.coresAvailable, timeMultiplexed: mapping.shared, batch: mapping.batch,
      notes: [...mapping.notes],
    },
    constants: ledger.byPrice.map((use) => ({ ...use, reason: DRIVERS[use.driver] })),
    notes: [...mapping.notes, ...saturationNotes(measurement, chip), ...zeroNotes(run, chip), ...physicsNotes(chip, power, area)],
  }
}

/**
 * A router is busy for its pipeline's length with each flit; flits that overlap make this an upper bound. A core that
 * serves every token wakes at least once for each: more often where it waits long enough in the middle of one.
 */
function busyCycles({ measurement, chip, mapping }: FinishedRun): BusyCycles {
  const { cycles, cores, routers, timings } = measurement
  return {
    coreCycles: cores.reduce((sum, { busyCycles: busy }) => sum + Math.max(0, cycles - busy.waiting), 0),
    memoryRouterCycles: sumOf(measurement.counts, 'memoryFlitHop'),
    coresUsed: mapping.coresUsed,
    wakes: mapping.coresUsed * timings.length,
    routerCycles: routers.reduce((sum, { flitHops }) => sum + Math.min(cycles, flitHops * chip.network.hopCycles), 0),
  }
}

/** What a run on statistics took the weights to be, where a chip spares zeros. */
function zeroNotes({ model: { zeroShares }, drawnFrom }: FinishedRun, { core }: ChipSpec): string[] {
  if (core.zeroWeights === 'paid' || drawnFrom === undefined) return []
  const shares = Object.entries(zeroShares ?? {}).map(([port, share]) => `${port === '*' ? '' : `${port} `}${(100 * share).toFixed(1)} %`)
  return [`weights that are zero, spread evenly over rows: ${shares.join(', ')}`]
}

function saturationNotes({ saturations }: Measurement, { core }: ChipSpec): string[] {
  if (saturations === 0) return []
  return [`${saturations} sums did not fit an accumulator of ${core.accumulatorBits} bits and were saturated; the reference saturates them too`]
}

function fidelityOf({ drawnFrom, replayed, byLayer }: FinishedRun): string {
  const what = drawnFrom === undefined
    ? 'Weights, spikes and logits are computed, not sampled.'
    : `Spike counts are ${replayed === true ? 'those of a recording' : 'drawn'} (${drawnFrom}); weights and logits are not computed.`
  const apart = byLayer === true
    ? 'Each layer was simulated by itself, on the input that the reference interpreter computed: tokens do not overlap. ' : ''
  return `${what} ${apart}Routers are simulated cycle by cycle, cores by events whose cycles follow the instruction table. ` +
    'Loading programs and resident weights before the first token is not counted.'
}

function describeEncoding({ options }: QuantizedModel): RunResult['encoding'] {
  return {
    name: options.encoding, weightBits: options.weightBits, activationBits: options.activationBits,
    attentionBits: options.attentionBits, kvCacheBits: options.kvBits,
  }
}

function describeModel(model: QuantizedModel, provenance: string): RunResult['model'] {
  const { config } = model
  return {
    name: model.name, provenance, parameters: parameterCount(config), layers: config.layers, hiddenSize: config.dim,
    intermediateSize: config.hiddenDim, heads: config.heads, kvHeads: config.kvHeads, headDim: config.headDim,
    vocabularySize: config.vocabSize, contextLength: config.contextLength,
  }
}

function seconds(cycles: number, spec: ChipSpec): number {
  return cycles / (spec.clockMHz * 1e6)
}

function describeLatency({ model, chip, measurement, prompt, firstPosition }: FinishedRun): RunResult['latency'] {
  const { cycles, timings } = measurement
  const prefillCycles = timings[prompt.tokens - 1]!.endCycle
  const decodeCycles = cycles - prefillCycles
  const decoded = timings.length - prompt.tokens
  return {
    cycles,
    seconds: seconds(cycles, chip),
    cyclesPerToken: decoded > 0 ? decodeCycles / decoded : cycles / timings.length,
    prefillCycles,
    decodeCycles,
    ...describePaths(measurement),
    timeline: timings.map((timing, index) => ({
      index, sequence: timing.sequence, position: firstPosition + timing.position, phase: index < prompt.tokens ? 'prefill' as const : 'decode' as const,
      text: model.tokenizer.decodeToken(timing.token), startCycle: timing.startCycle, endCycle: timing.endCycle,
    })),
  }
}

/** What the cycles consist of; nothing where a sample stands for the run. */
function describePaths({ path, lastTokenPath, timings }: Measurement): Pick<RunResult['latency'], 'byLayer' | 'criticalPath' | 'lastToken'> {
  if (path.length === 0) return {}
  const cycles = lastTokenPath.reduce((sum, row) => sum + row.cycles, 0)
  return {
    byLayer: byLayer(path), criticalPath: pathRows(path),
    lastToken: { index: timings.length - 1, cycles, criticalPath: pathRows(lastTokenPath) },
  }
}

function pathRows(path: Measurement['path']): NonNullable<RunResult['latency']['criticalPath']> {
  return path.map(({ core, operator, layer, part, cycles }) => (
    { core, operator: layer < 0 ? operator : `${operator} of layer ${layer}`, part, cycles }
  ))
}

/** The critical path's cycles by layer and operator. */
function byLayer(path: Measurement['path']): NonNullable<RunResult['latency']['byLayer']> {
  const rows = new Map<string, { layer: number; operator: string; cycles: number }>()
  for (const { layer, operator, cycles } of path) {
    const key = `${layer}/${operator}`
    rows.set(key, { layer, operator, cycles: cycles + (rows.get(key)?.cycles ?? 0) })
  }
  return [...rows.values()].sort((a, b) => a.layer - b.layer || b.cycles - a.cycles)
}

function describeEnergy(run: FinishedRun, ledger: EnergyLedger): RunResult['energy'] {
  return {
    totalPj: ledger.totalPj,
    perTokenPj: ledger.totalPj / run.measurement.timings.length,
    dynamicPj: ledger.dynamicPj,
    staticPj: ledger.staticPj,
    byComponent: { ...ledger.byComponent },
    interval: totalInterval(ledger.byPrice),
    intervalByComponent: componentIntervals(ledger.byPrice),
    byOperator: ledger.byOperator.map((row) => ({ ...row, byComponent: { ...row.byComponent } })),
    paper: paperOf(run),
  }
}

/** Operations with weights of zero that the chip did not make: the literature counts them, whatever the chip. */
function sparedBesideEmbedding({ measurement: { spared }, mapping: { tags } }: FinishedRun): { additions: number; macs: number } {
  const sum = (kind: 0 | 1): number => tags.reduce((total, { operator }, tag) => total + (operator === 'embedding' ? 0 : spared[2 * tag + kind]!), 0)
  return { additions: sum(0), macs: sum(1) }
}

/** The literature's accounting of the same run: additions and multiply-accumulates, nothing else. */
function paperOf(run: FinishedRun): RunResult['energy']['paper'] {
  const { model, measurement, mapping, firstPosition } = run
  const { config } = model
  const { counts, timings } = measurement
  const bits = model.options.weightBits
  const processed = timings.length
  const embedding = mapping.tags.findIndex((tag) => tag.operator === 'embedding')
  const spared = sparedBesideEmbedding(run)
  const additions = spared.additions + sumOf(counts, 'synapticAdd') - counts[embedding * ACTION_COUNT + ACTION_INDEX.synapticAdd]!
  const withLogits = timings.filter((timing) => timing.wantsLogits).length
  const { linear, head } = macsOf(config)
  const attention = timings.reduce((sum, { position }) => sum + attentionMacs(config, firstPosition + position), 0)
  const denseMacs = linear * processed + withLogits * head + attention
  const laneMacs = sumOf(counts, 'laneMac') - counts[embedding * ACTION_COUNT + ACTION_INDEX.laneMac]!
  const energy = paperEnergy(additions, spared.macs + sumOf(counts, 'mac') + laneMacs + sumOf(counts, 'attentionMac'), denseMacs, bits)
  return {
    bits, additionPj: paperAdditionPj(bits), macPj: paperMacPj(bits), additions, macs: energy.macs,
    additionsPj: energy.additionsPj, macsPj: energy.macsPj, totalPj: energy.spikingPj, perTokenPj: energy.spikingPj / processed,
    denseMacs, denseQuantizedPj: energy.denseQuantizedPj, denseFloatPj: energy.denseFloatPj,
  }
}

/** How often an action happened, over all tags. */
function sumOf(counts: Float64Array, action: Action): number {
  let sum = 0
  for (let at = ACTION_INDEX[action]; at < counts.length; at += ACTION_COUNT) sum += counts[at]!
  return sum
}
