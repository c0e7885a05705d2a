import fc from 'fast-check'
import { faultsAfter } from '../../programs/compile/check.js'
import { MAPPINGS, PASSES, PLACEMENTS } from '../../programs/compile/choices.js'
import { compile } from '../../programs/compile/compile.js'
import type { CompileOptions } from '../../programs/compile/ir.js'
import { ENCODINGS } from '../../programs/encodings/index.js'
import type { ModelConfig } from '../../programs/models/types.js'
import { ENCODED_OPERATORS, quantizeModel } from '../../programs/quantize/index.js'
import type { InputEncoding, QuantizedModel, QuantizeOptions } from '../../programs/quantize/index.js'
import { ReferenceInterpreter } from '../../programs/reference/index.js'
import { Chip } from '../../sim/chip/chip.js'
import { completeChip } from '../../sim/config/load-chip.js'
import type { ChipSpec, ChipSpecInput } from '../../sim/config/chip-spec.js'
import { InputError, SimulationError } from '../../sim/errors.js'
import { simulateByLayer } from '../../simulate/by-layer.js'
import { machineSums } from '../../simulate/machine-sums.js'
import { simulate } from '../../simulate/simulate.js'
import { tinyModel } from './tiny-model.js'

/**
 * Every option of a run, drawn together with a chip and a tiny random model. Whatever is drawn, the chip's logits are the
 * reference's bit for bit, or the run is refused; an accumulator that is to trap may trap.
 */

/** Key by key: an arbitrary that takes its default more often than not keeps draws near what people run. */
const seldom = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> => (
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: others.length, arbitrary: fc.constantFrom(...others) })
)
const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })

const model = fc.record({
  seed: between(1, 1e6), layers: between(1, 3), dim: between(4, 40), hiddenDim: between(2, 70), kvHeads: between(1, 3), group: between(1, 3),
  pairs: between(1, 6), vocabSize: between(5, 120), tiedEmbeddings: fc.boolean(), qkvBias: seldom(false, true), oBias: seldom(false, true), qkNorm: seldom(undefined, 'head' as const),
  postNorm: seldom(false, true), window: seldom<number | undefined>(undefined, 1, 3, 5), windowedFrom: between(0, 2), unrotated: seldom(-1, 0, 1),
  rotated: fc.double({ min: 0, max: 1, noNaN: true }), scaled: seldom(false, true),
  embedScale: seldom<number | undefined>(undefined, 12), residualScale: seldom<number | undefined>(undefined, 0.22),
  attentionScale: seldom<number | undefined>(undefined, 0.083), logitDivisor: seldom<number | undefined>(undefined, 8),
  ropeFactor: seldom<number | undefined>(undefined, 1.19),
})

const bits = between(2, 8)
const options = fc.record({
  weightBits: bits, activationBits: bits, kvBits: bits, embeddingBits: bits, attentionBits: fc.oneof({ weight: 15, arbitrary: fc.constant(8) }, bits),
  clip: seldom(1, 0.5, 0.93, 1.7), maxCount: seldom(0, 1, 3, 40), rounding: fc.constantFrom('nearest', 'floor'), encoding: fc.constantFrom(...ENCODINGS),
  weightGroup: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, between(2, 8)),
})

/** What calibration may settle for the inputs of a layer. */
const calibration: fc.Arbitrary<InputEncoding | undefined> = fc.option(fc.record({
  activationBits: bits, clip: fc.constantFrom(0.6, 1, 1.2), maxCount: between(0, 9), scale: fc.constantFrom(0.03, 0.4, 2),
  salient: fc.record({ channels: fc.uniqueArray(between(0, 3), { maxLength: 3 }), timeSteps: between(1, 4) }),
}, { requiredKeys: [] }), { nil: undefined, freq: 2 })

const chip = fc.record({
  grid: fc.record({
    columns: between(2, 7), rows: between(1, 7), coresPerTile: between(1, 4), topology: seldom('mesh' as const, 'torus'),
  }),
  network: fc.record({
    routing: seldom('xy' as const, 'yx', 'o1turn', 'west-first', 'odd-even'), virtualChannels: between(1, 5), bufferFlits: between(1, 12),
    hopCycles: fc.constantFrom(3, 4, 5), flitBits: fc.constantFrom(32, 48, 64, 128, 256), multicast: fc.constantFrom('tree', 'unicast'),
    eventsPerPacket: between(1, 14), wordsPerPacket: between(2, 20), injectionQueueFlits: between(4, 40),
  }),
  core: fc.record({
    lanes: between(1, 70), accumulators: between(16, 300), accumulatorBits: seldom(24, 31, 12, 10, 8), overflow: fc.constantFrom('trap', 'saturate'),
    weightSramKiB: fc.constantFrom(0.25, 0.5, 1, 2, 8, 32), weightBanks: between(1, 9), weightBankBits: fc.constantFrom(8, 24, 64, 512),
    dataSramKiB: fc.constantFrom(2.5, 3, 4, 8, 64), vectorLanes: between(1, 20), encoderLanes: between(1, 20), spikeFifoEvents: between(4, 70),
    zeroWeights: fc.constantFrom('paid', 'gated', 'skipped'), spikeTrain: fc.constantFrom('burst', 'unrolled'), weightReuse: fc.constantFrom('per-train', 'per-spike'),
  }),
  sync: fc.record({ mode: seldom('dataflow' as const, 'barrier'), barrierCycles: between(0, 20) }),
  dram: fc.record({
    kind: fc.constantFrom('none', 'lpddr5', 'hbm3', 'ddr4'), streaming: fc.constantFrom('tile', 'row'), burstBytes: fc.constantFrom(8, 16, 64, 100),
    gigabytesPerSecond: fc.constantFrom(0.5, 25, 800),
  }),
  system: fc.record({ chipColumns: seldom(1, 2), chipRows: seldom(1, 2), linkCycles: between(1, 20), linkCyclesPerFlit: between(1, 3) }),
})

const run = fc.record({
  prompt: fc.string({ maxLength: 7 }), tokens: between(1, 3), seed: between(1, 1e9), temperature: seldom(0, 0.8), attention: fc.constantFrom('dense', 'spiking'),
  mapping: seldom<CompileOptions['mapping']>('auto', ...MAPPINGS), placement: fc.constantFrom(...PLACEMENTS), batch: seldom<number | undefined>(undefined, 1, 2, 3, 6),
  kernels: fc.constantFrom('simd', 'plain'), way: seldom('whole' as const, 'by-layer', 'sequences'),
})

const raw = fc.record({
  model, options, calibration: fc.array(calibration, { minLength: 5, maxLength: 5 }), chip, run,
  /** One in five draws keeps what does not go together, and is refused for it. */
  mend: fc.constantFrom(true, true, true, true, false),
})
export type Draw = typeof raw extends fc.Arbitrary<infer T> ? T : never

export const anyDraw: fc.Arbitrary<Draw> = raw.map((draw) => (draw.mend ? mended(draw) : draw))

/** A draw with what does not go together put right, so that most draws run. */
function mended(draw: Draw): Draw {
  const { grid, network, core, sync, dram, system } = draw.chip
  const { run, options } = draw
  const torus = grid.topology === 'torus'
  const isBarrier = sync.mode === 'barrier'
  const valued = options.encoding !== 'ternary' && options.encoding !== 'binary'
  const together = run.way === 'sequences'
  const multicast = network.routing === 'odd-even' ? 'unicast' : network.multicast
  const routing = torus ? 'xy' : network.routing === 'west-first' && multicast === 'unicast' ? 'odd-even' : network.routing
  return {
    ...draw,
    options: { ...options, attentionBits: 8, weightGroup: 0, encoding: isBarrier && valued && options.encoding !== 'bitwise' ? 'ternary' : options.encoding },
    chip: {
      grid: together ? { ...grid, columns: Math.min(3, grid.columns), rows: Math.min(3, grid.rows), coresPerTile: 1 } : grid,
      network: { ...network, multicast, routing, virtualChannels: Math.max(network.virtualChannels, torus || routing === 'o1turn' ? 2 : 1) },
      core: {
        ...core, spikeTrain: isBarrier ? 'unrolled' : valued ? 'burst' : core.spikeTrain, spikeFifoEvents: Math.max(core.spikeFifoEvents, network.flitBits / 8),
        weightBankBits: core.weightBankBits === 512 ? 64 : core.weightBankBits, weightSramKiB: together ? 0.25 : core.weightSramKiB,
      },
      sync, dram: { ...dram, kind: together || core.weightSramKiB < 8 ? 'hbm3' : dram.kind }, system: torus ? { ...system, chipColumns: 1, chipRows: 1 } : system,
    },
    run: { ...run, mapping: run.mapping === 'stationary' ? 'auto' : run.mapping },
  }
}

/** What became of a draw. */
export type Outcome = 'equal' | 'refused' | 'trapped'

function configOf({
  group, pairs, rotated, scaled, window, windowedFrom, unrotated, qkNorm, seed: _seed, ...rest
}: Draw['model']): Partial<ModelConfig> {
  const headDim = 2 * pairs
  const rotaryPairs = Math.max(1, Math.ceil(rotated * pairs))
  const layers = Array.from({ length: rest.layers }, (_, n) => n)
  const given = Object.entries({
    ...rest, qkNorm, headDim, heads: rest.kvHeads * group,
    rotaryDims: 2 * rotaryPairs, ropeDivisors: scaled ? Array.from({ length: rotaryPairs }, (_, i) => 1 + i) : undefined,
    window, windowLayers: window === undefined ? undefined : layers.map((n) => n >= windowedFrom), noRope: unrotated < 0 ? undefined : layers.map((n) => n === unrotated),
  }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

function quantized({ model: drawn, options: chosen, calibration: inputs }: Draw): QuantizedModel {
  const loaded = tinyModel(drawn.seed, configOf(drawn))
  const known = new Map(ENCODED_OPERATORS.map((operator, at) => [operator, inputs[at]]))
  return quantizeModel(loaded, chosen as QuantizeOptions, {
    input: (operator) => {
      const input = known.get(operator)
      if (input?.salient === undefined) return input
      const { config } = loaded
      const width = operator === 'o' ? config.heads * config.headDim : operator === 'down' ? config.hiddenDim : config.dim
      return { ...input, salient: { ...input.salient, channels: input.salient.channels.filter((channel) => channel < width) } }
    },
  })
}

/** Sequences that run together, each against a reference of its own. @throws Error at the first logit that differs */
function runSequences(model: QuantizedModel, spec: ChipSpec, drawn: Draw['run']): void {
  const prompts = [drawn.prompt, 'b', 'cde'].map((text) => model.tokenizer.encode(text))
  const positions = Math.max(...prompts.map(({ length }) => length)) + drawn.tokens
  const program = compile(model, spec, {
    positions, attention: drawn.attention as 'dense', batch: drawn.batch ?? 4, sequences: prompts.length, placement: drawn.placement,
  })
  const faults = PASSES.flatMap((pass) => faultsAfter(program, pass))
  if (faults.length > 0) throw new Error(faults.join('; '))
  const sums = machineSums(program)
  const references = prompts.map(() => new ReferenceInterpreter(model, { sums }))
  const fed = prompts.map((prompt) => [...prompt])
  new Chip(spec, program.image, drawn.seed, { kernels: drawn.kernels as 'simd' }).runSequences(prompts, drawn.tokens, (logits, _, sequence) => {
    let expected: Float32Array = new Float32Array(0)
    for (const token of fed[sequence]!.splice(0)) expected = references[sequence]!.forward(token)
    for (let at = 0; at < expected.length; at++) {
      if (!Object.is(logits[at], expected[at])) throw new Error(`sequence ${sequence}: logit ${at} is ${logits[at]}, the reference's ${expected[at]}`)
    }
    fed[sequence]!.push(expected.indexOf(Math.max(...expected)))
    return fed[sequence]![0]!
  })
}

/**
 * Runs a draw.
 * @throws Error if chip and reference differ, or anything but a refusal or a trap ends the run
 */
export async function outcomeOf(draw: Draw): Promise<Outcome> {
  const { way, batch, ...rest } = draw.run
  try {
    const model = quantized(draw)
    const spec = completeChip(draw.chip as ChipSpecInput)
    if (way === 'sequences') {
      runSequences(model, spec, draw.run)
      return 'equal'
    }
    const settings = { model, chip: spec, ...rest } as Parameters<typeof simulate>[0]
    const { verification } = way === 'by-layer' ? await simulateByLayer(settings)
      : simulate({ ...settings, ...(batch === undefined ? {} : { batch }) })
    if (!verification.bitExact) throw new Error(`chip and reference differ: ${JSON.stringify(verification.firstMismatch)}`)
    return 'equal'
  } catch (error) {
    if (error instanceof InputError) return 'refused'
    if (error instanceof SimulationError && draw.chip.core.overflow === 'trap' && /past its \d+ bits/.test(error.message)) return 'trapped'
    throw error
  }
}
