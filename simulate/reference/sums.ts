import { loadKernelMemory } from '../../sim/kernels/memory.js'
import type { RowBatch } from '../../sim/kernels/row-batch.js'
import type { QuantizedLinear, QuantizedModel } from '../../programs/quantize/types.js'
import { signedLimit } from '../../programs/quantize/weights.js'
import { integrate } from '../../programs/reference/interpreter.js'
import type { Integrate } from '../../programs/reference/interpreter.js'

/** Every linear layer of a model that adds rows; the embedding, which reads one, is left to plain code. */
function linearsOf(model: QuantizedModel): QuantizedLinear[] {
  const ofLayers = model.layers.flatMap(({ linears, experts = [] }) => [linears, ...experts].flatMap((each) => Object.values(each)))
  return [...new Set([...ofLayers, model.head])]
}

/** The layer as the one tile of a core. */
function coreOf({ q, inputs, outputs, bits }: QuantizedLinear): Parameters<typeof loadKernelMemory>[0][number] {
  const tile = { weights: q, offset: 0, stride: outputs, inputs, outputs, bits, limit: signedLimit(bits) }
  return {
    axonTable: [{ tile, accumulator: 0, weightAddress: 0 }],
    program: new BigUint64Array(0), tags: new Uint16Array(0), routes: [], data: [], roles: [],
  }
}

/**
 * `integrate` by the SIMD kernels of sim/kernels, which copy the weights into a WebAssembly memory of their own (packed, two
 * to a byte, up to 4 bits): the same integers (bench/evaluate.ts says how much sooner). The array that it returns holds
 * until the same layer is applied again.
 * @returns undefined where the engine has no kernels, or the weights are more than a memory holds
 */
export function kernelSums(model: QuantizedModel): Integrate | undefined {
  const linears = linearsOf(model)
  const widest = Math.max(...linears.map(({ outputs }) => outputs))
  const memory = loadKernelMemory(linears.map(coreOf), widest)
  if (memory === undefined) return undefined
  const batches = new Map(linears.map((layer, n) => [layer, memory.batches[n]!]))
  const mostInputs = Math.max(...linears.map(({ inputs }) => inputs))
  const axons = new Int32Array(mostInputs)
  const lengths = new Int32Array(mostInputs)
  return (layer, q) => {
    const batch = batches.get(layer)
    return batch === undefined ? integrate(layer, q) : addRows(batch, layer, q, axons, lengths)
  }
}

function addRows(batch: RowBatch, { outputs }: QuantizedLinear, q: Int32Array, axons: Int32Array, lengths: Int32Array): Int32Array {
  let events = 0
  for (let i = 0; i < q.length; i++) {
    if (q[i] === 0) continue
    axons[events] = i
    lengths[events++] = q[i]!
  }
  batch.accumulators().fill(0, 0, outputs)
  batch.addAll(0, axons, lengths, 0, events)
  return batch.accumulators().subarray(0, outputs)
}
