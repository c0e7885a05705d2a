import { ACTION_COUNT, ACTION_INDEX, type Action } from '../../isa/actions.js'
import { areaOf, tilePitchMm } from '../../sim/energy/area.js'
import { DRIVERS } from '../../sim/energy/drivers.js'
import { energyLedger, type EnergyLedger, type OperatorTag } from '../../sim/energy/ledger.js'
import { componentIntervals, totalInterval } from '../../sim/result/intervals.js'
import { paperAdditionPj, paperEnergy, paperMacPj } from '../../sim/energy/paper.js'
import { Random } from '../../sim/random.js'
import type { RunResult } from '../../sim/result/schema.js'
import { systemColumns, systemRows } from '../../sim/config/size.js'
import { type ChipSpec, chipSpecSchema, type ChipSpecInput } from '../../sim/config/chip-spec.js'

/**
 * A SYNTHETIC result for the tests of reports: no simulation made it. Its counts are drawn to look like those of a
 * 1 M parameter model on a small chip, and priced by the real ledger, so that all its sums hold.
 */

const MODEL = {
  name: 'example-lm', provenance: 'synthetic numbers, no such model exists', parameters: 1_049_984, layers: 4,
  hiddenSize: 128, intermediateSize: 344, heads: 8, kvHeads: 4, headDim: 16, vocabularySize: 512, contextLength: 256,
}
const PROMPT = ['In', ' the', ' beginning']
const GENERATED = [' God', ' created', ' the', ' heaven', ' and', ' the', ' earth', '.']
const LINEAR = ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const
const OUTPUTS = { q: 128, k: 64, v: 64, o: 128, gate: 344, up: 344, down: 128, head: 512, embedding: 128 }
const SPIKES = { q: 0.92, k: 0.92, v: 0.92, o: 0.71, gate: 1.04, up: 1.04, down: 0.38, head: 1.21, embedding: 1 }

/** Weights of the linear layers of a layer. */
const LINEAR_MACS = LINEAR.reduce((sum, name) => sum + OUTPUTS[name] * (name === 'down' ? MODEL.intermediateSize : MODEL.hiddenSize), 0)

interface OperatorCounts extends OperatorTag {
  readonly activations: number
  readonly spikes: number
  readonly additions: number
}

function operators(tokens: number, random: Random): OperatorCounts[] {
  const rows: OperatorCounts[] = []
  const add = (operator: keyof typeof OUTPUTS, layer: number, inputs: number): void => {
    const activations = inputs * tokens
    const spikes = Math.round(activations * SPIKES[operator] * (0.9 + 0.2 * random.uniform()))
    rows.push({ operator, layer, activations, spikes, additions: spikes * OUTPUTS[operator] })
  }
  for (let layer = 0; layer < MODEL.layers; layer++) {
    for (const operator of LINEAR) add(operator, layer, operator === 'down' ? MODEL.intermediateSize : MODEL.hiddenSize)
  }
  add('head', -1, MODEL.hiddenSize)
  return rows
}

/** Counts of one operator in one run: events, row reads, additions, the encoder, the packets that carry them. */
type Set = (action: Action, count: number) => void
function countOperator({ activations, spikes, additions }: OperatorCounts, set: Set): void {
  const events = Math.round(activations * 0.55)
  const outputs = additions / Math.max(1, spikes)
  set('synapticAdd', additions)
  set('weightWordRead', events * Math.ceil((outputs * 4) / 64))
  set('accumulatorRead', events * outputs)
  set('accumulatorWrite', events * outputs)
  set('encoderStep', activations)
  set('spikeEmit', events)
  set('fifoPush', events)
  set('fifoPop', events)
  set('axonLookup', events)
  set('packetFlit', Math.ceil(events / 2))
  set('flitHop', events * 3)
  set('linkFlit', events * 2)
  set('instruction', Math.ceil(activations / 16))
  set('dataWordRead', activations * 2)
  set('dataWordWrite', activations)
  set('fp32Mul', activations)
  set('fp32Add', activations)
  set('intOp', activations)
}

function ledgerOf(rows: readonly OperatorCounts[], tokens: number, cycles: number, spec: ChipSpec): EnergyLedger {
  const tags: OperatorTag[] = [...rows]
  for (let layer = 0; layer < MODEL.layers; layer++) tags.push({ operator: 'attention', layer })
  const counts = new Float64Array(tags.length * ACTION_COUNT)
  const setter = (tag: number) => (action: Action, count: number): void => {
    counts[tag * ACTION_COUNT + ACTION_INDEX[action]] = count
  }
  rows.forEach((row, tag) => countOperator(row, setter(tag)))
  for (let tag = rows.length; tag < tags.length; tag++) {
    const set = setter(tag)
    set('fp32Special', 400 * tokens)
    set('fp32Mul', 2600 * tokens)
    set('fp32Add', 1900 * tokens)
    set('dataWordRead', 4000 * tokens)
    set('dataWordWrite', 1500 * tokens)
    set('mac', 3000 * tokens)
    set('instruction', 90 * tokens)
    set('scalarOp', 60 * tokens)
    set('semaphoreOp', 20 * tokens)
  }
  return energyLedger({ counts, tags, cycles, spec })
}

function timelineOf(tokens: number, cyclesPerToken: number, random: Random): RunResult['latency']['timeline'] {
  const words = [...PROMPT, ...GENERATED]
  let clock = 0
  return Array.from({ length: tokens }, (_, index) => {
    const prefill = index < PROMPT.length
    const startCycle = prefill ? Math.round(index * cyclesPerToken * 0.3) : clock
    const endCycle = Math.round(startCycle + cyclesPerToken * (0.96 + 0.08 * random.uniform() + 0.004 * index))
    clock = endCycle
    const phase = prefill ? 'prefill' : 'decode'
    return { index, sequence: 0, position: index, phase, text: words[index]!, startCycle, endCycle }
  })
}

function gridOf(spec: ChipSpec, cycles: number, random: Random): Pick<RunResult, 'cores' | 'links' | 'routers'> {
  const { coresPerTile } = spec.grid
  const [columns, rows] = [systemColumns(spec), systemRows(spec)]
  const links: RunResult['links'] = []
  const routers: RunResult['routers'] = []
  const cores: RunResult['cores'] = []
  const link = (column: number, row: number, toColumn: number, toRow: number): void => {
    if (toColumn < 0 || toRow < 0 || toColumn >= columns || toRow >= rows) return
    const middle = 1 - Math.hypot(column - columns / 2, row - rows / 2) / Math.hypot(columns, rows)
    const flits = Math.round(cycles * 0.09 * middle * random.uniform())
    links.push({ from: { column, row }, to: { column: toColumn, row: toRow }, flits, utilisation: flits / cycles })
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      link(column, row, column + 1, row)
      link(column, row, column - 1, row)
      link(column, row, column, row + 1)
      link(column, row, column, row - 1)
      routers.push({ column, row, flitHops: Math.round(cycles * 0.2 * random.uniform()) })
      for (let c = 0; c < coresPerTile; c++) cores.push(coreOf(cores.length, column, row, cycles, random))
    }
  }
  return { cores, links, routers }
}

function coreOf(core: number, column: number, row: number, cycles: number, random: Random): RunResult['cores'][number] {
  if (core >= 50) {
    const busyCycles = { adders: 0, vector: 0, encoder: 0, packetiser: 0, control: 0, waiting: 0 }
    return { core, column, row, roles: [], busyCycles, utilisation: 0, spikesConsumed: 0 }
  }
  const hub = core % 12 === 0
  const adders = hub ? 0 : Math.round(cycles * (0.04 + 0.1 * random.uniform()))
  const vector = Math.round(cycles * (hub ? 0.34 : 0.02) * (0.8 + 0.4 * random.uniform()))
  const encoder = hub ? Math.round(cycles * 0.05) : 0
  const packetiser = Math.round(cycles * 0.02 * random.uniform())
  const control = Math.round(cycles * 0.01)
  const busy = adders + vector + encoder + packetiser + control
  const layer = Math.floor(core / 12)
  return {
    core, column, row, roles: [hub ? `hub ${layer}` : `matrix tile ${LINEAR[core % 7]} ${layer}`],
    busyCycles: { adders, vector, encoder, packetiser, control, waiting: cycles - busy },
    utilisation: busy / cycles, spikesConsumed: hub ? 0 : Math.round(adders / 6),
  }
}

function activityOf(rows: readonly OperatorCounts[], flitHops: number): RunResult['activity'] {
  const sum = (key: 'activations' | 'spikes' | 'additions'): number => rows.reduce((total, row) => total + row[key], 0)
  const timeSteps = 6.4
  return {
    spikes: sum('spikes'), synapticAdditions: sum('additions'), flitHops,
    firingRate: sum('spikes') / (sum('activations') * timeSteps),
    spikesPerActivation: sum('spikes') / sum('activations'),
    byOperator: rows.map(({ operator, layer, activations, spikes, additions }) => ({
      operator, layer, activations, spikes, spikesPerActivation: spikes / activations,
      firingRate: spikes / (activations * timeSteps), timeSteps, synapticAdditions: additions,
    })),
  }
}

function energyOf(ledger: EnergyLedger, additions: number, tokens: number): RunResult['energy'] {
  const attentionMacs = 3000 * MODEL.layers * tokens
  const denseMacs = (LINEAR_MACS * MODEL.layers + OUTPUTS.head * MODEL.hiddenSize) * tokens + attentionMacs
  const paper = paperEnergy(additions, attentionMacs, denseMacs, 4)
  return {
    totalPj: ledger.totalPj, perTokenPj: ledger.totalPj / tokens, dynamicPj: ledger.dynamicPj,
    staticPj: ledger.staticPj, byComponent: ledger.byComponent,
    interval: totalInterval(ledger.byPrice), intervalByComponent: componentIntervals(ledger.byPrice),
    byOperator: ledger.byOperator.map((row) => ({ ...row })),
    paper: {
      bits: 4, additionPj: paperAdditionPj(4), macPj: paperMacPj(4), additions, macs: attentionMacs,
      additionsPj: paper.additionsPj, macsPj: paper.macsPj, totalPj: paper.spikingPj,
      perTokenPj: paper.spikingPj / tokens,
      denseMacs, denseQuantizedPj: paper.denseQuantizedPj, denseFloatPj: paper.denseFloatPj,
    },
  }
}

/** Power that swings about its mean, and the chip's own area. */
function physicsOf(spec: ChipSpec, ledger: EnergyLedger, cycles: number): Pick<RunResult, 'power' | 'area' | 'memory'> {
  const binCycles = Math.ceil(cycles / 64)
  const averageW = (ledger.totalPj * spec.clockMHz * 1e-6) / cycles
  const watts = Array.from({ length: 64 }, (_, bin) => averageW * (1 + 0.5 * Math.sign(32 - bin - 0.5)))
  const { totalMm2, byPart, chipMm2, tileMm2 } = areaOf(spec)
  return {
    power: { averageW, peakW: Math.max(...watts), binSeconds: (binCycles / spec.clockMHz) * 1e-6, watts },
    memory: { bytes: 0, rowHits: 0, rowConflicts: 0, refreshes: 0, busyFraction: 0 },
    area: { totalMm2, byPart, chipMm2, tileMm2, tilePitchMm: tilePitchMm(spec) },
  }
}

/** The synthetic result: the same seed and chip give the same object. */
export function exampleResult({ chip = {}, seed = 1 }: { chip?: ChipSpecInput; seed?: number } = {}): RunResult {
  const spec = chipSpecSchema.parse({ name: 'example-chip', ...chip })
  const random = new Random(seed)
  const tokens = PROMPT.length + GENERATED.length
  const rows = operators(tokens, random)
  const timeline = timelineOf(tokens, 9_000 + 600_000 / spec.core.lanes, random)
  const cycles = timeline.at(-1)!.endCycle
  const prefillCycles = timeline[PROMPT.length - 1]!.endCycle
  const seconds = cycles / (spec.clockMHz * 1e6)
  const ledger = ledgerOf(rows, tokens, cycles, spec)
  const flitHops = ledger.byPrice.find(({ name }) => name === 'flitHop')!.count
  const activity = activityOf(rows, flitHops)
  const { layers, hiddenSize } = MODEL
  const grid = gridOf(spec, cycles, random)
  return {
    schemaVersion: 1, kind: 'run', spikeloomVersion: '0.1.0', weights: 'real',
    fidelity: {
      network: 'cycle', cores: 'event',
      statement: `SYNTHETIC example: ${layers} blocks of ${hiddenSize}, drawn counts.`,
    },
    chip: { name: spec.name, spec }, model: { ...MODEL },
    encoding: { name: 'ternary', weightBits: 4, activationBits: 4, attentionBits: 8, kvCacheBits: 8 },
    seed, prompt: { text: PROMPT.join(''), tokens: PROMPT.length, sequences: 1 },
    tokens: [...GENERATED], tokenIds: GENERATED.map((_, index) => 260 + index), text: GENERATED.join(''),
    verification: { bitExact: true, logitsCompared: GENERATED.length * MODEL.vocabularySize, firstMismatch: null },
    latency: {
      cycles, seconds, cyclesPerToken: (cycles - prefillCycles) / GENERATED.length, prefillCycles,
      decodeCycles: cycles - prefillCycles, timeline,
    },
    throughput: { tokensPerSecond: tokens / seconds },
    energy: energyOf(ledger, activity.synapticAdditions, tokens), ...physicsOf(spec, ledger, cycles), activity,
    ...grid,
    mapping: { coresUsed: 50, coresAvailable: grid.cores.length, timeMultiplexed: false, batch: 1, notes: [] },
    constants: ledger.byPrice.map((use) => ({ ...use, reason: DRIVERS[use.driver] })), notes: ['Synthetic: made for tests of the reports.'],
    wallSeconds: 3.2,
  }
}
