import type { Experts, ModelConfig } from './types.js'

/** The experts of a layer; undefined where it is dense. */
export function expertsOf({ experts }: ModelConfig, layer: number): Experts | undefined {
  return experts?.layers?.[layer] ?? true ? experts : undefined
}

/**
 * Width of a dense feed-forward block with as many multiplications as a token meets in a layer, mean over layers: the experts
 * that are chosen, and the router, whose outputs count a third (a gated block has three matrices).
 */
export function activeHiddenDim(config: ModelConfig): number {
  const widths = Array.from({ length: config.layers }, (_, layer) => {
    const experts = expertsOf(config, layer)
    return experts === undefined ? config.hiddenDim : experts.chosen * experts.hiddenDim + experts.count / 3
  })
  return widths.reduce((sum, width) => sum + width, 0) / config.layers
}
