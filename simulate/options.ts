import type { Mapping, Placement } from '../programs/compile/choices.js'
import type { SpikeHistogram } from '../programs/shapes/histogram.js'
import type { QuantizedModel } from '../programs/quantize/types.js'
import type { TraceSink } from '../sim/core/trace.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'

/** One run: what to run on what. */
export interface SimulateOptions {
  readonly model: QuantizedModel
  /** Where the weights come from, one line. */
  readonly provenance?: string
  readonly chip: ChipSpec
  /** Text the model continues; default: the begin-of-sequence token alone. */
  readonly prompt?: string
  /** Tokens to generate, at least 1. Default 32. */
  readonly tokens?: number
  /** Seed of routing choices, of sampling and of drawn spikes. Default 1. */
  readonly seed?: number
  /** Simulated cycles after which a run that has not ended is an error. Default: none. */
  readonly cycleLimit?: number
  /** End with the model's end-of-text token, which is the last one generated then. Default false: go on after it. */
  readonly stopAtEnd?: boolean
  /** Sampling temperature; 0, the default, takes the likeliest token. */
  readonly temperature?: number
  /** QK^T and PV as multiply-accumulates, or as additions of cache rows per spike. Default dense. */
  readonly attention?: 'dense' | 'spiking'
  /** Compare the chip's logits with the reference interpreter, bit for bit. Default true. */
  readonly verify?: boolean
  /** How units find their cores; it changes hops and cycles, no result. Default annealed. */
  readonly placement?: Placement
  /** A core for every unit, or shared cores. Default auto: the chip's size decides. */
  readonly mapping?: Mapping
  /**
   * Most tokens of the prompt that go through a layer together where weights are fetched from external memory, so that
   * each weight serves all of them. Default 16, or 1 where the chip has no room for that. It changes cycles and
   * energy, no result.
   */
  readonly batch?: number
  /** Who adds weight rows on the host: SIMD kernels, or plain code; the same bits. Default simd. */
  readonly kernels?: 'simd' | 'plain'
  /** Called after each generated token. */
  readonly onToken?: (text: string, generated: number) => void
  /** Receives every instruction and wait, for a trace file. */
  readonly trace?: TraceSink
}

/** What statistics mode draws from: plain data, so that it can go to another thread. */
export interface SpikeStatisticsTable {
  /** By `operator/layer`, and by `operator` for all layers, and `*` for all operators; the most exact one counts. */
  readonly histograms: Readonly<Record<string, SpikeHistogram>>
  /** Where they come from, one line. */
  readonly source: string
}

/** One run on statistics: the model is a shape, spike counts are drawn; nothing is verified, tokens mean nothing. */
export interface StatisticsRunOptions {
  /** A model without weights; see programs/shapes/shape-model.ts. */
  readonly model: QuantizedModel
  readonly provenance?: string
  readonly chip: ChipSpec
  readonly statistics: SpikeStatisticsTable
  /** Positions already in the KV cache. Default 0. */
  readonly context?: number
  /** Tokens of the prompt: they follow each other through the layers. Default 1. */
  readonly promptTokens?: number
  /** Tokens to decode, at least 1; each is simulated by itself. Default 1. */
  readonly tokens?: number
  /** Simulated cycles after which a task (a token, or the prompt and its first) that has not ended is an error. Default: none. */
  readonly cycleLimit?: number
  readonly seed?: number
  /** How units find their cores. Default annealed. */
  readonly placement?: Placement
  readonly mapping?: Mapping
  /** Most tokens that share fetched weights, as in a functional run. */
  readonly batch?: number
  /**
   * Sequences that run together, each with this context and prompt, and decode as many tokens: where weights are fetched
   * from external memory they share them. Default 1.
   */
  readonly sequences?: number
  /** Threads that simulate tokens side by side; the result is the same for any number. Default 1. */
  readonly workers?: number
  readonly onToken?: (text: string, generated: number) => void
  /** Receives every instruction and wait, for a trace file; the tokens are then simulated one after the other in this thread. */
  readonly trace?: TraceSink
}

export interface LayerRunOptions extends Omit<SimulateOptions, 'batch' | 'trace' | 'onToken'> {
  /** Threads that simulate layers side by side; the result is the same for any number. Default 1. */
  readonly workers?: number
  /** Called with the number of layers that are done, of all. */
  readonly onLayer?: (done: number, layers: number) => void
}
