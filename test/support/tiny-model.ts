import { Random } from '../../sim/random.js'
import { checkConfig, tensorShapes, unknownTensor } from '../../programs/models/types.js'
import type { LoadedModel, ModelConfig, Tokenizer } from '../../programs/models/types.js'

/** Printable ASCII and the newline, one token each, after bos (0), eos (1) and unknown (2). */
const CHARACTERS = '\n' + Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join('')
const SPECIALS = 3

/** A character tokenizer; with a vocabulary under 99 the characters wrap around, and decode is no longer exact. */
function characterTokenizer(vocabSize: number): Tokenizer {
  const usable = Math.min(CHARACTERS.length, vocabSize - SPECIALS)
  const text = (id: number): string => (id < SPECIALS ? '' : CHARACTERS[id - SPECIALS] ?? '')
  return {
    vocabSize,
    bosId: 0,
    eosId: 1,
    encode(input, { bos = true } = {}) {
      const ids = Array.from(input, (character) => {
        const index = CHARACTERS.indexOf(character)
        return index < 0 ? 2 : SPECIALS + (index % usable)
      })
      return bos ? [0, ...ids] : ids
    },
    decode: (ids) => ids.map(text).join(''),
    decodeToken: text,
  }
}

const DEFAULTS: ModelConfig = {
  dim: 32, hiddenDim: 64, layers: 2, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 99,
  contextLength: 64, normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: false,
}

/**
 * A generated model with seeded random weights, for tests that need no trained one.
 * Rows are normal with variance 1 / inputs, norms normal around 1, so activations stay of order 1.
 */
export function tinyModel(seed: number, overrides: Partial<ModelConfig> = {}): LoadedModel {
  const config = { ...DEFAULTS, ...overrides }
  checkConfig(config, 'tiny model')
  const random = new Random(seed)
  const tensors = new Map<string, Float32Array>()
  for (const [name, [rows, columns]] of tensorShapes(config)) {
    const isNorm = columns === 1
    const deviation = isNorm ? 0.1 : name === 'embed' ? 1 : 1 / Math.sqrt(columns)
    const values = Float32Array.from({ length: rows * columns }, () => random.normal() * deviation + (isNorm && !name.endsWith('Bias') ? 1 : 0))
    tensors.set(name, values)
  }
  if (config.tiedEmbeddings) tensors.set('head', tensors.get('embed')!)
  return {
    name: `tiny-${seed}`,
    config,
    tokenizer: characterTokenizer(config.vocabSize),
    tensor(name) {
      const values = tensors.get(name)
      if (values === undefined) throw unknownTensor(this.name, name, config)
      return values
    },
  }
}
