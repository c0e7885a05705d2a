import { cosSinExact, logExact } from '../../sim/numerics.js'
import { Random } from '../../sim/random.js'
import { symmetricCounts } from '../rivals/quantizers.js'
import { ELSA } from './prices.js'

/**
 * One linear layer, one token, on ELSA's processing element and on the same element with other arithmetic behind the same
 * memories: the ablation that nobody published. What is compared is arithmetic and weight memory; queues, membranes and
 * firing are the same for all. 4-bit weights, counts of -7 to 7.
 */
export const MACHINES = ['dense', 'skip', 'unary', 'level'] as const
/**
 * `dense`: a multiply-accumulate for every input; `skip`: for every input that is not 0; `unary`: |q| additions, ELSA's
 * and SDLLM's; `level`: one addition an input that is not 0 and one addition of the running sum a level.
 */
export type Machine = (typeof MACHINES)[number]

/** Picojoules to bring one 4-bit weight to its lane, by where weights lie. */
export interface WeightMemory {
  readonly name: string
  readonly weightPj: number
}

/**
 * The rows of the comparison. Banks of 512 B: ELSA's own figure. Its wires, which it does not charge: 200 banks on
 * 0.65 mm2, 0.4 mm on average at 0.029 pJ/bit/mm, the low end, and at 0.057, what the chip's own wires cost. Macros of
 * 32 and 256 KB: CACTI, 28 nm LSTP, 64 and 256 bits wide. HBM3: 4 pJ/bit. Sources: docs/energy.md.
 */
export const WEIGHT_MEMORIES: readonly WeightMemory[] = [
  { name: '512 B banks, no wires', weightPj: ELSA.weightReadPj / ELSA.weightsPerWord },
  { name: '512 B banks, 0.4 mm of wire', weightPj: ELSA.weightReadPj / ELSA.weightsPerWord + 4 * 0.4 * 0.029 },
  { name: '512 B banks, 0.4 mm of wire at 0.057 pJ/bit/mm', weightPj: ELSA.weightReadPj / ELSA.weightsPerWord + 4 * 0.4 * 0.057 },
  { name: '32 KB macros', weightPj: (4 * 6.3) / 64 },
  { name: '256 KB macros', weightPj: (4 * 20) / 64 },
  { name: 'HBM3', weightPj: 4 * 4 },
]

/** Of a layer with one output column. */
export interface LinearCounts {
  readonly inputs: number
  /** Weights that were read, and inputs of adder trees and multipliers that were driven. */
  readonly weights: number
  readonly additions: number
  readonly multiplications: number
  /** Additions of a running sum, one a level and tile of inputs. */
  readonly levelAdditions: number
}

/** Picojoules of one tree input of 4 bits, of a product of 8 bits (1.6 times as wide), of 4x4 multiplier and 16-bit adder. */
export const TREE_INPUT_PJ = ELSA.treesPj / (ELSA.treeLanes * ELSA.treeInputs)
const PRODUCT_INPUT_PJ = 1.6 * TREE_INPUT_PJ
const LEVEL_ADDITION_PJ = ELSA.addersPj / ELSA.treeLanes

/**
 * Counts of one token's inputs on a machine.
 * @param counts q of every input
 */
export function linearCounts(machine: Machine, counts: Int32Array): LinearCounts {
  let nonzero = 0
  let spikes = 0
  let levels = 0
  for (const q of counts) {
    const magnitude = Math.abs(q)
    if (magnitude > 0) nonzero++
    spikes += magnitude
    levels = Math.max(levels, magnitude)
  }
  const none = { inputs: counts.length, weights: nonzero, additions: 0, multiplications: 0, levelAdditions: 0 }
  switch (machine) {
    case 'dense': return { ...none, weights: counts.length, multiplications: counts.length }
    case 'skip': return { ...none, multiplications: nonzero }
    case 'unary': return { ...none, additions: spikes }
    case 'level': return { ...none, additions: nonzero, levelAdditions: levels }
  }
}

/**
 * Picojoules for each multiply-accumulate of the dense layer.
 * @param multiplierPj of a 4x4-bit multiplication
 */
export function perMacPj(counts: LinearCounts, memory: WeightMemory, multiplierPj: number): number {
  const { inputs, weights, additions, multiplications, levelAdditions } = counts
  return (weights * memory.weightPj + additions * TREE_INPUT_PJ + multiplications * (multiplierPj + PRODUCT_INPUT_PJ)
    + levelAdditions * LEVEL_ADDITION_PJ) / inputs
}

const turn = new Float64Array(2)

function cosine(turns: number): number {
  cosSinExact(turns, turn)
  return turn[0]!
}

/** Counts of a token whose scale is its largest value, which gives 7; Gaussian or Laplace values. */
export function drawCounts(distribution: 'gaussian' | 'laplace', inputs: number, seed: number): Int32Array {
  const random = new Random(seed)
  const uniform = (): number => (random.uint32() + 0.5) / 2 ** 32
  const draw = (): number => (distribution === 'laplace'
    ? -logExact(uniform()) * (random.uint32() & 1 ? 1 : -1)
    : Math.sqrt(-2 * logExact(uniform())) * cosine(uniform()))
  return symmetricCounts(Float64Array.from({ length: inputs }, draw), 7).q
}
