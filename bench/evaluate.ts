import { checkConfig, tensorShapes } from '../programs/models/types.js'
import type { LoadedModel, ModelConfig } from '../programs/models/types.js'
import { quantizeModel } from '../programs/quantize/index.js'
import { ReferenceInterpreter } from '../programs/reference/index.js'
import { referenceKernels } from '../simulate/reference/kernels.js'
import { Random } from '../sim/random.js'
import type { TaskKind } from '../simulate/threads/kind.js'
import { Pool } from '../simulate/threads/pool.js'
import type { BenchRow } from './harness.js'
import { main, median, spread } from './harness.js'

/**
 * The reference interpreter on a model of SmolLM-135M's sizes with random weights: tokens a second of what `eval` does for
 * each token of a window, in processor time of one thread, and in wall time of two. Loading and quantizing are left out.
 */

const SMOL: ModelConfig = {
  dim: 576, hiddenDim: 1536, layers: 30, heads: 9, kvHeads: 3, headDim: 64, vocabSize: 49152, contextLength: 2048, normEps: 1e-5,
  ropeBase: 10000, tiedEmbeddings: true,
}
const WINDOW = 512
const PLAIN_TOKENS = 24
const REPEATS = 3

/** Uniform weights, which take a tenth of the time of normal ones to draw; gains are 1. */
function randomModel(): LoadedModel {
  checkConfig(SMOL, 'bench')
  const random = new Random(1)
  const tensors = new Map([...tensorShapes(SMOL)].filter(([name]) => name !== 'head').map(([name, [rows, columns]]) => {
    const width = columns === 1 ? 0 : Math.sqrt(12 / columns)
    const values = new Float32Array(rows * columns)
    for (let i = 0; i < values.length; i++) values[i] = columns === 1 ? 1 : (random.uniform() - 0.5) * width
    return [name, values]
  }))
  const nothing = (): never => { throw new Error('this model has no text') }
  const tokenizer = { vocabSize: SMOL.vocabSize, bosId: 0, eosId: 1, encode: nothing, decode: nothing, decodeToken: nothing }
  return { name: 'random', config: SMOL, tokenizer, tensor: (name) => tensors.get(name === 'head' ? 'embed' : name)! }
}

let interpreters: { plain: ReferenceInterpreter; kernels: ReferenceInterpreter } | undefined

/** One model a thread. */
function loaded(): { plain: ReferenceInterpreter; kernels: ReferenceInterpreter } {
  if (interpreters === undefined) {
    const model = quantizeModel(randomModel())
    interpreters = { plain: new ReferenceInterpreter(model), kernels: new ReferenceInterpreter(model, referenceKernels(model)) }
  }
  return interpreters
}

/** Processor seconds of this thread for a window of so many tokens. */
function windowSeconds(interpreter: ReferenceInterpreter, tokens: number): number {
  interpreter.reset()
  const before = process.cpuUsage()
  for (let n = 0; n < tokens; n++) interpreter.forward((n * 7919) % SMOL.vocabSize)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A window in any thread; 0 tokens only load the model. */
export function benchWindow(tokens: number): number {
  return windowSeconds(loaded().kernels, tokens)
}

const WINDOW_TASK: TaskKind<number, number> = { module: import.meta.url, name: 'benchWindow', run: benchWindow }

/** Wall seconds of two windows in two threads. */
async function twoThreads(): Promise<number[]> {
  const pool = new Pool(2)
  try {
    await pool.runAll(WINDOW_TASK, [8, 8])
    const seconds: number[] = []
    for (let n = 0; n < REPEATS; n++) {
      const start = performance.now()
      await pool.runAll(WINDOW_TASK, [WINDOW, WINDOW])
      seconds.push((performance.now() - start) / 1000)
    }
    return seconds
  } finally {
    await pool.close()
  }
}

export async function evaluateBenchmarks(): Promise<BenchRow[]> {
  const { plain, kernels } = loaded()
  const rates: number[] = []
  const ratios: number[] = []
  for (let n = 0; n <= REPEATS; n++) {
    const own = WINDOW / windowSeconds(kernels, WINDOW)
    const other = PLAIN_TOKENS / windowSeconds(plain, PLAIN_TOKENS)
    if (n === 0) continue // warm-up
    rates.push(own)
    ratios.push(own / other)
  }
  const pair = (await twoThreads()).map((seconds) => (2 * WINDOW) / seconds)
  const what = `interpreter, 135M, windows of ${WINDOW} tokens`
  return [
    { name: `${what}: SIMD kernels, a thread`, unit: 'tokens/s of processor time', value: median(rates), spread: spread(rates), reference: `plain code, first ${PLAIN_TOKENS} tokens`, ratio: median(ratios) },
    { name: `${what}: two threads`, unit: 'tokens/s', value: median(pair), spread: spread(pair), reference: 'one thread', ratio: median(pair) / median(rates) },
  ]
}

await main(import.meta.url, evaluateBenchmarks)
