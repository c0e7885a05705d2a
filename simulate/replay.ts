import { compilePrompt } from '../programs/compile/compile.js'
import { graphOf } from '../programs/graph/model.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import type { SpikeRecording } from '../programs/shapes/spike-file.js'
import { signedLimit } from '../programs/quantize/index.js'
import { Chip } from '../sim/chip/chip.js'
import { didYouMean, InputError } from '../sim/errors.js'
import type { MachineImage } from '../sim/image.js'
import type { RunResult } from '../sim/result/schema.js'
import { describeRun } from './describe.js'
import { mappingSummary } from './mapping.js'
import { measure } from './measurement.js'
import type { SimulateOptions } from './options.js'
import { checkZeroWeights } from './statistics.js'

/** A replay: a model without weights, and the spikes that one with weights fired. */
export interface ReplayOptions extends Pick<SimulateOptions, 'chip' | 'provenance' | 'seed' | 'placement' | 'mapping' | 'batch' | 'onToken' | 'trace'> {
  /** See programs/shapes/shape-model.ts; its options must be those of the recording. */
  readonly model: QuantizedModel
  readonly spikes: SpikeRecording
  /** Name of the recording's file. */
  readonly source: string
  /** Tokens that come in together, as a prompt; the others follow one by one. Default: what the recording says. */
  readonly promptTokens?: number
}

/** Inputs of every encoded operator, by `operator/layer`, as the model's graph has them. */
function expectedInputs({ config }: QuantizedModel): Map<string, number> {
  const expected = new Map<string, number>()
  const graph = graphOf(config)
  graph.layers.forEach(({ operators }, layer) => {
    for (const operator of operators) if (operator.kind === 'linear') expected.set(`${operator.port}/${layer}`, operator.inputs)
  })
  expected.set('head/-1', config.dim)
  return expected
}

function checkRecording({ model, chip, spikes, source, promptTokens = spikes.promptTokens }: ReplayOptions): void {
  if (model.config.experts !== undefined) {
    throw new InputError(`model ${model.name} has experts, and ${source} does not say which were chosen. Run it with drawn spikes, or with weights.`)
  }
  checkZeroWeights(model, chip)
  const limit = signedLimit(model.options.activationBits)
  if (spikes.limit !== limit) {
    throw new InputError(`${source}: counts go to ${spikes.limit}, but ${model.options.activationBits}-bit activations make at most ${limit}. ` +
      'Give the --activation-bits that the recording was made with.')
  }
  const expected = expectedInputs(model)
  for (const [key, inputs] of expected) {
    const recorded = spikes.counts.get(key)
    if (recorded === undefined) {
      throw new InputError(`${source}: no counts of ${key}.${didYouMean(key, spikes.counts.keys())} Model ${model.name} has ${expected.size} encoded inputs`)
    }
    if (recorded.inputs !== inputs) {
      throw new InputError(`${source}: ${key} has ${recorded.inputs} inputs, model ${model.name} has ${inputs} there`)
    }
  }
  const extra = [...spikes.counts.keys()].find((key) => !expected.has(key))
  if (extra !== undefined) throw new InputError(`${source}: counts of ${extra}, which model ${model.name} does not have`)
  const beyond = spikes.tokens.find((id) => id >= model.config.vocabSize)
  if (beyond !== undefined) {
    throw new InputError(`${source}: token id ${beyond}, but model ${model.name} has ${model.config.vocabSize} tokens`)
  }
  if (!Number.isInteger(promptTokens) || promptTokens < 1 || promptTokens > spikes.length) {
    throw new InputError(`prompt tokens: ${promptTokens}, expected from 1 to the ${spikes.length} tokens of ${source}`)
  }
  if (spikes.length > model.config.contextLength) {
    throw new InputError(`${source}: ${spikes.length} tokens, but model ${model.name} has a context of ${model.config.contextLength}`)
  }
}

/** The head encodes only tokens whose logits are wanted: the last of the prompt, and all that follow. */
function withReplay(image: MachineImage, { counts }: SpikeRecording, promptTokens: number): MachineImage {
  const byTag = image.tags.map(({ operator, layer }) => {
    const recorded = counts.get(`${operator}/${layer}`)
    if (recorded === undefined) return undefined
    const { values, inputs } = recorded
    return operator === 'head' ? values.subarray((promptTokens - 1) * inputs) : values
  })
  return { ...image, replay: { counts: byTag } }
}

/**
 * Runs recorded spikes through a model's shape: cycle by cycle what a run with weights does whose encoders make these
 * counts, except that nothing is computed. It gives that run's cycles, counts of actions and energy, in batches and with
 * rows fetched on demand too, if zero weights are paid like others (how many there are is known by layers only);
 * `test/simulate/replay.test.ts` holds it to that, digit by digit.
 * @throws InputError if the recording is not of this model and these options, or the shape does not fit the chip
 */
export function simulateReplay(options: ReplayOptions): RunResult {
  const startedAt = performance.now()
  checkRecording(options)
  const { model, chip: spec, spikes, seed = 1, promptTokens = spikes.promptTokens } = options
  const program = compilePrompt(model, spec, {
    positions: spikes.length, attention: 'dense', placement: options.placement ?? 'annealed', mapping: options.mapping ?? 'auto',
  }, promptTokens, options.batch)
  const chip = new Chip(spec, withReplay(program.image, spikes, promptTokens), seed)
  if (options.trace !== undefined) chip.traceTo(options.trace)
  const prompt = [...spikes.tokens.subarray(0, promptTokens)]
  const tokenIds: number[] = []
  const host = chip.runTokens(prompt, spikes.length - promptTokens + 1, (_, position) => {
    // The last token that is chosen goes nowhere; a recording may leave it out.
    const id = spikes.tokens[position + 1] ?? 0
    tokenIds.push(id)
    options.onToken?.(model.tokenizer.decodeToken(id), tokenIds.length)
    return id
  })
  const result = describeRun({
    model, provenance: options.provenance ?? 'shape only', chip: spec, seed, prompt: { text: '', tokens: promptTokens, sequences: 1 },
    tokenIds, verdict: { bitExact: false, logitsCompared: 0, firstMismatch: null }, measurement: measure(chip, host),
    mapping: mappingSummary(program), drawnFrom: options.source, replayed: true, firstPosition: 0,
  })
  return { ...result, wallSeconds: (performance.now() - startedAt) / 1000 }
}
