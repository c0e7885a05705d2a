import { Chip } from '../sim/chip/chip.js'
import type { HostRunOptions } from '../sim/chip/chip.js'
import { END_OF_SEQUENCE } from '../sim/chip/host.js'
import { InputError } from '../sim/errors.js'
import type { RunResult } from '../sim/result/schema.js'
import { compilePrompt } from '../programs/compile/compile.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import { Chooser } from '../programs/reference/choose.js'
import { Verifier } from '../programs/reference/verify.js'
import { describeRun } from './describe.js'
import { mappingSummary } from './mapping.js'
import { measure } from './measurement.js'
import { machineSums } from './machine-sums.js'
import type { SimulateOptions } from './options.js'

/**
 * Runs a quantized model on a chip: compiles it, simulates prefill and decode cycle by cycle, checks the
 * logits, and prices what happened.
 * @throws InputError if the model does not fit the chip or the prompt does not fit the model
 * @throws SimulationError if the machine deadlocks or an accumulator traps
 */
export function simulate(options: SimulateOptions): RunResult {
  const startedAt = performance.now()
  const { model, chip: spec, tokens = 32, seed = 1 } = options
  const prompt = promptIds(model, options.prompt ?? '')
  checkLength(model, prompt.length, tokens)
  const program = compilePrompt(model, spec, {
    positions: prompt.length + tokens - 1, attention: options.attention ?? 'dense', placement: options.placement ?? 'annealed',
    mapping: options.mapping ?? 'auto',
  }, prompt.length, options.batch)
  const chip = new Chip(spec, program.image, seed, { kernels: options.kernels ?? 'simd' })
  if (options.trace !== undefined) chip.traceTo(options.trace)

  const verifier = new Verifier(program.scheduled.model, prompt, options.verify ?? true, machineSums(program))
  const chooser = new Chooser(seed, options.temperature ?? 0)
  const tokenIds: number[] = []
  const host = chip.runTokens(prompt, tokens, (logits, position) => {
    verifier.check(logits, position, tokenIds)
    const id = chooser.choose(logits)
    tokenIds.push(id)
    options.onToken?.(model.tokenizer.decodeToken(id), tokenIds.length)
    return options.stopAtEnd === true && id === model.tokenizer.eosId ? END_OF_SEQUENCE : id
  }, limitOf(options))
  const result = describeRun({
    model, provenance: options.provenance ?? '', chip: spec, seed, prompt: { text: options.prompt ?? '', tokens: prompt.length, sequences: 1 }, tokenIds,
    verdict: verifier.verdict(), measurement: measure(chip, host), mapping: mappingSummary(program), drawnFrom: undefined, firstPosition: 0,
  })
  return { ...result, wallSeconds: (performance.now() - startedAt) / 1000 }
}

/** The bound of a run, as a chip takes it. */
export function limitOf({ cycleLimit }: { readonly cycleLimit?: number }): HostRunOptions {
  return cycleLimit === undefined ? {} : { cycleLimit }
}

/** Token ids of a prompt. @throws InputError if there is none */
export function promptIds(model: QuantizedModel, prompt: string): number[] {
  const ids = model.tokenizer.encode(prompt)
  if (ids.length === 0) throw new InputError('the prompt is empty and the tokenizer adds no begin-of-sequence token')
  return ids
}

/**
 * Refuses a sequence that is longer than the model's context.
 * @param before positions before the first generated token
 */
export function checkLength(model: QuantizedModel, before: number, tokens: number): void {
  if (!Number.isInteger(tokens) || tokens < 1) throw new InputError(`tokens: ${tokens}, expected a whole number of at least 1`)
  const { contextLength } = model.config
  if (before + tokens - 1 <= contextLength) return
  const room = Math.max(0, contextLength - before + 1)
  throw new InputError(
    `the prompt has ${before} tokens and ${tokens} more are asked for, but model ${model.name} has a context of ` +
      `${contextLength} tokens. ${room > 0 ? `At most ${room} can be generated after this prompt.` : 'Shorten the prompt.'}`,
  )
}
