import { describe, expect, it } from 'vitest'
import { attentionMacs, macsOf } from '../../../programs/graph/macs.js'
import type { ModelConfig } from '../../../programs/models/types.js'

/** Sizes of a model with grouped queries, whose products can be counted by hand. */
const config: ModelConfig = {
  dim: 8, hiddenDim: 16, layers: 2, heads: 4, kvHeads: 2, headDim: 2, vocabSize: 10, contextLength: 64, normEps: 1e-5, ropeBase: 1e4,
  tiedEmbeddings: false,
}

describe('multiply-accumulates of a model, by hand', () => {
  it('are those of q, k, v, o, gate, up and down in each layer, of the head, and 2 a word of the heads and position', () => {
    expect(macsOf(config)).toEqual({ linear: 2 * (8 * 8 + 2 * 8 * 4 + 8 * 8 + 3 * 8 * 16), head: 8 * 10, attentionPerPair: 2 * (2 * 4 * 2) })
  })

  it('of attention grow with the position, as far as a window goes in the layers that have one', () => {
    expect([0, 1, 9].map((position) => attentionMacs(config, position))).toEqual([32, 64, 320])
    const windowed = { ...config, window: 3, windowLayers: [true, false] }
    expect([0, 1, 9].map((position) => attentionMacs(windowed, position))).toEqual([32, 64, 16 * 3 + 160])
  })

  it('of experts count those that a token runs, and the router', () => {
    const experts = { count: 5, chosen: 2, hiddenDim: 6, normalised: true, layers: [false, true] }
    const attention = 8 * 8 + 2 * 8 * 4 + 8 * 8
    expect(macsOf({ ...config, experts }).linear).toBe(2 * attention + 3 * 8 * 16 + 8 * 5 + 2 * (3 * 8 * 6))
  })
})
