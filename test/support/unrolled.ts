import type { QuantizedLinear } from '../../programs/quantize/types.js'
import type { Integrate } from '../../programs/reference/interpreter.js'

/**
 * A linear layer's sums by the ternary train of SDLLM, spike by spike: in each time step every neuron that still has
 * spikes left adds or subtracts its row once.
 * @param count receives the spikes fired
 */
export function unrolled(count: { spikes: number }): Integrate {
  return (layer: QuantizedLinear, q: Int32Array): Int32Array => {
    const membranes = new Int32Array(layer.outputs)
    const timeSteps = Math.max(...q.map(Math.abs))
    for (let t = 0; t < timeSteps; t++) {
      for (let i = 0; i < layer.inputs; i++) {
        if (t >= Math.abs(q[i]!)) continue
        count.spikes++
        for (let j = 0; j < layer.outputs; j++) {
          const weight = layer.q[i * layer.outputs + j]!
          membranes[j]! += q[i]! > 0 ? weight : -weight
        }
      }
    }
    return membranes
  }
}
