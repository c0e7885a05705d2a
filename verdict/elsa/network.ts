import { runConvolution, splitUj } from './convolution.js'
import type { Split } from './convolution.js'
import { RESNET50_CYCLES, RESNET50_STEPS, resnet50Inputs } from './resnet50.js'

/** Microjoules of ResNet-50 on ELSA's cores, by part, as this project's model of the processing element counts them. */
export function resnet50SplitUj(seed: number): Split {
  const total = { adders: 0, weights: 0, membrane: 0, queues: 0, fire: 0, tracer: 0 }
  resnet50Inputs().forEach((input, at) => {
    const split = splitUj(runConvolution(input, RESNET50_STEPS, seed + at), input.name !== 'conv1', RESNET50_CYCLES)
    for (const part of Object.keys(total) as (keyof Split)[]) total[part] += split[part]
  })
  return total
}
