/**
 * The literature's accounting of energy: operations times 45 nm arithmetic constants, and nothing else. A 32-bit float
 * multiply-accumulate costs 3.7 + 0.9 = 4.6 pJ, an addition 0.9 pJ (Horowitz, ISSCC 2014); fewer bits scale both
 * linearly. No memory, no network, no control, no leakage. That is what the field prints; it is kept here so that the
 * chip's number can stand beside it.
 */
export const PAPER_MAC_PJ = 4.6
export const PAPER_ADDITION_PJ = 0.9

/** pJ of one multiply-accumulate of `bits` bits: 0.575 at 4 bits. */
export function paperMacPj(bits: number): number {
  return (PAPER_MAC_PJ * bits) / 32
}

/** pJ of one addition of `bits` bits: 0.1125 at 4 bits. */
export function paperAdditionPj(bits: number): number {
  return (PAPER_ADDITION_PJ * bits) / 32
}

/** Multiply-accumulates of a decoder without spikes; programs/graph/macs.ts counts them from a model's operators. */
export interface PaperModel {
  /** Of the linear layers, the head left out, for one token. */
  readonly linear: number
  /** Of the head, for one token. */
  readonly head: number
  /** Of attention, for a token and one position that it sees. */
  readonly attentionPerPair: number
}

export interface PaperOptions {
  /** Attention counted for the causal half only. The paper's figures count the full square: default false. */
  readonly causal?: boolean
  /** The output head counted. The paper's figures leave it out: default false. */
  readonly head?: boolean
}

export interface PaperMacs {
  readonly linear: number
  readonly attention: number
  readonly head: number
  readonly total: number
}

/** Dense multiply-accumulates of a prefill of `tokens` tokens. */
export function prefillMacs(model: PaperModel, tokens: number, options: PaperOptions = {}): PaperMacs {
  const pairs = options.causal === true ? (tokens * (tokens + 1)) / 2 : tokens * tokens
  const linear = model.linear * tokens
  const attention = model.attentionPerPair * pairs
  const head = options.head === true ? model.head * tokens : 0
  return { linear, attention, head, total: linear + attention + head }
}

export interface PaperSpikes {
  /** Mean spikes per activation, silent ones included. */
  readonly spikesPerActivation: number
  /** Width of weights and additions: default 4. */
  readonly bits?: number
  /** Whether attention spikes too; if not, it is charged as multiply-accumulates of `bits` bits. Default true. */
  readonly spikingAttention?: boolean
}

export interface PaperEnergy {
  readonly additions: number
  /** Multiply-accumulates left in the spiking network. */
  readonly macs: number
  readonly additionsPj: number
  readonly macsPj: number
  readonly spikingPj: number
  /** The same network as dense multiply-accumulates: of `bits` bits, and in 32-bit floats. */
  readonly denseQuantizedPj: number
  readonly denseFloatPj: number
}

/** Prices operation counts the literature's way. `additions` are synaptic additions, `macs` what stays multiplied. */
export function paperEnergy(additions: number, macs: number, denseMacs: number, bits: number): PaperEnergy {
  const additionsPj = additions * paperAdditionPj(bits)
  const macsPj = macs * paperMacPj(bits)
  return {
    additions, macs, additionsPj, macsPj, spikingPj: additionsPj + macsPj,
    denseQuantizedPj: denseMacs * paperMacPj(bits), denseFloatPj: denseMacs * PAPER_MAC_PJ,
  }
}

/**
 * The paper's figures for a model and spike statistics: LLaMA-2-7B with 1024 tokens and 0.862 spikes per activation
 * gives 6.9063e12 multiply-accumulates, 31.77 J in floats, 3.97 J in W4A4 and 0.67 J spiking.
 */
export function paperPrefill(
  model: PaperModel, tokens: number, spikes: PaperSpikes, options: PaperOptions = {},
): PaperEnergy {
  const macs = prefillMacs(model, tokens, options)
  const spikingMacs = spikes.spikingAttention === false ? macs.linear + macs.head : macs.total
  return paperEnergy(spikingMacs * spikes.spikesPerActivation, macs.total - spikingMacs, macs.total, spikes.bits ?? 4)
}
