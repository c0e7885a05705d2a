import type { QuantizedModel } from '../../programs/quantize/types.js'
import type { ReferenceParts } from '../../programs/reference/interpreter.js'
import { KernelArena, KernelAttention, KernelGate } from './attention.js'
import { kernelSums } from './sums.js'

/**
 * The interpreter's inner loops by SIMD kernels, bit for bit those of plain code; nothing where the engine has no
 * WebAssembly SIMD. Weights that are more than one memory holds are added by plain code.
 */
export function referenceKernels(model: QuantizedModel): Partial<ReferenceParts> {
  let arena: KernelArena
  try {
    arena = new KernelArena()
  } catch {
    return {}
  }
  const sums = kernelSums(model)
  return {
    ...(sums === undefined ? {} : { sums }),
    attention: (of) => new KernelAttention(of, arena),
    gate: new KernelGate(arena).apply,
  }
}
