import type { Experts, ModelConfig } from './types.js'

/** The experts of a layer; undefined where it is dense. */
export function expertsOf({ experts }: ModelConfig, layer: number): Experts | undefined {
  return experts?.layers?.[layer] ?? true ? experts : undefined
}
