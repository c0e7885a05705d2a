import { drawCounts, linearCounts, MACHINES, perMacPj, WEIGHT_MEMORIES } from '../elsa/linear.js'
import type { MemoryPoint } from './figures.js'
import { short, table } from './tables.js'

/** A dense 4x4-bit multiply-accumulate behind each weight memory, averaged over tokens of 4,096 inputs. */

type Machine = (typeof MACHINES)[number]
/** Of Gaussian activations, of Laplace-shaped ones. */
type Pair = readonly [number, number]

const SEEDS = Array.from({ length: 40 }, (_, at) => at + 1)
/** A 4x4-bit multiplication at 28 nm: an 8x8 one's 0.153 pJ over 4. */
const MULTIPLIER_PJ = 0.038

function pairOf(machine: Machine, memory: (typeof WEIGHT_MEMORIES)[number]): Pair {
  const mean = (shape: 'gaussian' | 'laplace'): number => (
    SEEDS.reduce((sum, seed) => sum + perMacPj(linearCounts(machine, drawCounts(shape, 4096, seed)), memory, MULTIPLIER_PJ), 0) / SEEDS.length
  )
  return [mean('gaussian'), mean('laplace')]
}

const over = (top: Pair, bottom: Pair): Pair => [top[0] / bottom[0], top[1] / bottom[1]]

/** What multipliers that skip zeros cost over additions, by weight memory. */
export function memoryPoints(): (MemoryPoint & { readonly name: string })[] {
  return WEIGHT_MEMORIES.map((memory) => {
    const skip = pairOf('skip', memory)
    return {
      name: memory.name, weightPj: memory.weightPj,
      skipOverUnary: over(skip, pairOf('unary', memory)), skipOverLevel: over(skip, pairOf('level', memory)),
    }
  })
}

export function arithmeticTable(): string {
  const points = memoryPoints()
  const text = ([g, l]: Pair): string => `${short(g)} / ${short(l)}`
  const ratio = ([g, l]: Pair): string => `${g.toFixed(2)} / ${l.toFixed(2)}`
  const head = ['weights in', 'dense', 'zero-skip G / L', 'unary G / L', 'level G / L', 'skip over unary', 'skip over level']
  return table(head, WEIGHT_MEMORIES.map((memory, at) => [
    memory.name, short(pairOf('dense', memory)[0]), ...(['skip', 'unary', 'level'] as const).map((machine) => text(pairOf(machine, memory))),
    ratio(points[at]!.skipOverUnary), ratio(points[at]!.skipOverLevel),
  ]))
}
