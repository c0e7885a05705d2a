import { z } from 'zod'
import { COMPONENTS } from '../../isa/actions.js'
import { chipSpecSchema } from '../config/chip-spec.js'
import { areaResult, interval, memoryResult, powerResult } from './physics-schema.js'

/**
 * The result file of a run: the one door from the simulator to reports, comparisons and other programs. Units stand in
 * the key names; the order of keys is the order in the file. A change that breaks a reader raises RESULT_VERSION.
 */
export const RESULT_VERSION = 1

const count = (meaning: string) => z.number().int().min(0).describe(meaning)
const amount = (meaning: string) => z.number().min(0).describe(meaning)
const share = (meaning: string) => z.number().min(0).max(1).describe(meaning)
const text = (meaning: string) => z.string().describe(meaning)

const byComponent = z.strictObject(
  Object.fromEntries(COMPONENTS.map((component) => [component, amount('pJ')])) as
    Record<(typeof COMPONENTS)[number], z.ZodNumber>,
)

const place = z.strictObject({ column: count('tile column, from the left'), row: count('tile row, from the top') })

const model = z.strictObject({
  name: text('name or file name of the model'),
  provenance: text('where the weights come from, one line'),
  parameters: count('weights, embeddings included'),
  layers: count('transformer blocks'),
  hiddenSize: count('width of the residual vector'),
  intermediateSize: count('width of the feed-forward layer'),
  heads: count('query heads'),
  kvHeads: count('key and value heads'),
  headDim: count('width of one head'),
  vocabularySize: count('tokens in the vocabulary'),
  contextLength: count('longest sequence, tokens'),
})

const encoding = z.strictObject({
  name: text('spike encoding: ternary, binary, bitwise, graded or dense'),
  weightBits: count('bits of a weight'),
  activationBits: count('bits of an activation\'s integer spike count'),
  attentionBits: count('bits of query integers in attention'),
  kvCacheBits: count('bits of the KV cache'),
})

const mismatch = z.strictObject({
  position: count('token position'),
  index: count('index in the vector of logits'),
  chip: z.number().describe('logit the chip computed'),
  reference: z.number().describe('logit of the reference interpreter'),
})

const verification = z.strictObject({
  bitExact: z.boolean().describe('every compared logit equal, bit for bit; false when none was compared'),
  logitsCompared: count('logits compared with the reference interpreter; 0: not verified'),
  firstMismatch: mismatch.nullable(),
})

const timelineEntry = z.strictObject({
  index: count('order in the sequence, from 0'),
  position: count('position the model sees'),
  sequence: count('which of the sequences that run together').default(0),
  phase: z.enum(['prefill', 'decode']),
  text: text('the token\'s text'),
  startCycle: count('the token enters the chip'),
  endCycle: count('the token leaves the last layer it needs'),
})

const pathRow = z.strictObject({
  core: z.number().int().min(-1).describe('core number; -1: host, network or memory'),
  operator: text('operator that was worked on'),
  part: text('part that was waited for: adders, ports, network, memory, vector...'),
  cycles: amount('cycles'),
})

const latency = z.strictObject({
  cycles: count('whole run'),
  seconds: amount('whole run at the chip\'s clock'),
  cyclesPerToken: amount('cycles of the decode phase for each generated token'),
  prefillCycles: count('from the start until the prompt is read'),
  decodeCycles: count('the rest'),
  timeline: z.array(timelineEntry),
  byLayer: z.array(z.strictObject({
    layer: z.number().int().min(-1).describe('transformer block; -1: none'),
    operator: text('operator that the cycles went to'),
    cycles: amount('cycles'),
  })).optional(),
  criticalPath: z.array(pathRow).optional().describe('what the latency consists of, found backwards from the last event; sums to cycles'),
  lastToken: z.strictObject({
    index: count('which token, as in timeline'),
    cycles: count('from when it entered the chip until it left'),
    criticalPath: z.array(pathRow).describe('what they consist of; sums to them'),
  }).optional().describe('the last token by itself'),
})

const paperEnergy = z.strictObject({
  bits: count('bits the constants are scaled to'),
  additionPj: amount('price of one addition: 0.9 pJ x bits / 32'),
  macPj: amount('price of one multiply-accumulate: 4.6 pJ x bits / 32'),
  additions: amount('synaptic additions'),
  macs: amount('multiply-accumulates that stay (attention that does not spike)'),
  additionsPj: amount('additions x additionPj'),
  macsPj: amount('macs x macPj'),
  totalPj: amount('additionsPj + macsPj: what the literature would print'),
  perTokenPj: amount('totalPj over the tokens that went through the model'),
  denseMacs: amount('multiply-accumulates of the same work without spikes'),
  denseQuantizedPj: amount('denseMacs x macPj'),
  denseFloatPj: amount('denseMacs x 4.6 pJ'),
})

const operatorEnergy = z.strictObject({
  operator: text('q, k, v, o, gate, up, down, head, attention, norm...'),
  layer: z.number().int().min(-1).describe('transformer block; -1: none'),
  totalPj: amount('dynamic energy'),
  byComponent,
})

const energy = z.strictObject({
  totalPj: amount('everything the chip paid: the sum of byComponent'),
  perTokenPj: amount('totalPj over the tokens that went through the model'),
  dynamicPj: amount('energy of counted actions'),
  staticPj: amount('clock and leakage over the run; belongs to no operator'),
  byComponent,
  interval: interval.extend({ level: share('part of the draws that lie in the interval') }).optional()
    .describe('of totalPj, with every price drawn from its range'),
  intervalByComponent: z.record(z.enum(COMPONENTS), interval).optional().describe('of byComponent'),
  byOperator: z.array(operatorEnergy),
  paper: paperEnergy,
})

const operatorActivity = z.strictObject({
  operator: text('operator that consumed the spikes'),
  layer: z.number().int().min(-1).describe('transformer block; -1: none'),
  activations: count('neurons encoded, over all tokens'),
  spikes: count('spikes they fired'),
  spikesPerActivation: amount('spikes / activations'),
  firingRate: share('spikes / (activations x time steps)'),
  timeSteps: amount('longest train, mean over tokens'),
  synapticAdditions: count('weights added or subtracted'),
})

const spikesOverTime = z.strictObject({
  frameCycles: count('length of a frame'),
  block: count('tiles along the side of a place: 1, more on systems of thousands'),
  columns: count('places in a row'),
  rows: count('rows of places'),
  spikes: z.array(z.array(z.number().min(0))).describe('for each frame, spikes taken by the cores of each place, row by row'),
}).describe('where spikes were when')

const activity = z.strictObject({
  spikes: count('spikes fired'),
  synapticAdditions: count('weights added or subtracted'),
  flitHops: count('flits times routers passed'),
  firingRate: share('spikes / (activations x time steps)'),
  spikesPerActivation: amount('spikes / activations, silent ones included'),
  sparedOperations: count('additions and products with weights of zero that were not made; there where core.zeroWeights is not paid').optional(),
  saturatedSums: count('sums of a tile that its accumulators saturated; there where core.overflow is saturate').optional(),
  byOperator: z.array(operatorActivity),
  overTime: spikesOverTime.optional(),
})

const coreRow = z.strictObject({
  core: count('core number'),
  column: count('its tile'),
  row: count('its tile'),
  roles: z.array(z.string()).describe('units of the model placed on it'),
  busyCycles: z.strictObject({
    adders: count('adder array'),
    vector: count('vector unit'),
    encoder: count('encoder'),
    packetiser: count('packetiser'),
    control: count('sequencer, scalar registers and weight loads'),
    waiting: count('an instruction waited for spikes, words, room or a barrier'),
  }),
  utilisation: share('part of the run in which at least one of its units was busy'),
  spikesConsumed: count('spikes taken by its adder array'),
  waits: z.array(z.strictObject({
    reason: text('spikes, words, semaphore, injection, memory, barrier, or nothing to do'),
    cycles: amount('cycles that the core waited for this reason'),
    culpritCore: z.number().int().min(-1).nullable().optional().describe('core that let it go on; -1 or null: none'),
    culpritOperator: z.string().nullable().optional().describe('operator that did'),
  })).optional().describe('with the busy cycles they sum to the run'),
})

const linkRow = z.strictObject({
  from: place,
  to: place,
  flits: count('flits over this directed link'),
  utilisation: share('flits / cycles'),
})

const routerRow = z.strictObject({ column: place.shape.column, row: place.shape.row, flitHops: count('flits passed') })

const mapping = z.strictObject({
  coresUsed: count('cores with a program'),
  coresAvailable: count('cores of the chip'),
  timeMultiplexed: z.boolean().describe('units share cores and reload their weights'),
  batch: z.number().int().min(1).default(1).describe('most tokens that go through a layer together and share fetched weights'),
  notes: z.array(z.string()),
})

const constant = z.strictObject({
  name: text('action or static draw'),
  kind: z.enum(['action', 'static']),
  component: z.enum(COMPONENTS),
  value: amount('price, in unit'),
  low: amount('low end of what the price may be').optional(),
  high: amount('high end').optional(),
  driver: text('what the range comes from; prices of one driver are wrong together').optional(),
  reason: text('why the range is as wide as it is').optional(),
  unit: z.enum(['pJ', 'pJ/cycle', 'uW', 'uW/KiB']),
  count: amount('times the action happened; instances of a static draw that drew, on average'),
  energyPj: amount('what it came to'),
  technologyNm: count('node the price is taken at'),
  supplyVolts: amount('voltage the price is taken at'),
  formula: text('how the value follows'),
  source: text('where it comes from'),
  mark: z.enum(['V', 'T', 'I', 'U']).describe('verified, tool (CACTI, DSENT), inferred, unverified'),
  overridden: z.boolean().describe('set by the chip file'),
})

export const resultSchema = z.strictObject({
  schemaVersion: z.literal(RESULT_VERSION),
  kind: z.literal('run'),
  spikeloomVersion: text('version that wrote the file'),
  weights: z.enum(['real', 'statistical']).describe('trained weights computed, or spike counts drawn from statistics'),
  fidelity: z.strictObject({
    network: z.enum(['cycle']).describe('routers are simulated cycle by cycle'),
    cores: z.enum(['event']).describe('cores advance by events whose cycles are counted'),
    statement: text('what was simulated and what was not, for people'),
  }),
  chip: z.strictObject({ name: text('name of the chip'), spec: chipSpecSchema }),
  model,
  encoding,
  seed: z.number().int(),
  prompt: z.strictObject({
    text: text('the prompt'), tokens: count('its length, tokens, of all sequences'),
    sequences: z.number().int().min(1).default(1).describe('sequences that run together'),
  }),
  tokens: z.array(z.string()).describe('text of each generated token'),
  tokenIds: z.array(count('vocabulary index')),
  text: text('the generated text'),
  verification,
  latency,
  throughput: z.strictObject({ tokensPerSecond: amount('tokens through the model in a second of chip time') }),
  energy,
  power: powerResult.optional(),
  area: areaResult.optional(),
  memory: memoryResult.optional(),
  activity,
  cores: z.array(coreRow),
  links: z.array(linkRow),
  routers: z.array(routerRow),
  mapping,
  constants: z.array(constant),
  notes: z.array(z.string()),
  peakMemoryBytes: count('of the simulating process').optional(),
  wallSeconds: amount('time the simulation took on the host'),
})

export type RunResult = z.infer<typeof resultSchema>
export type ResultConstant = z.infer<typeof constant>
export type OperatorActivity = z.infer<typeof operatorActivity>
export type CoreResult = z.infer<typeof coreRow>
export type LinkResult = z.infer<typeof linkRow>
export type RouterResult = z.infer<typeof routerRow>
