import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../../sim/errors.js'
import { decodeElements, ELEMENT_TYPES } from './element-types.js'
import { loadLlama2cTokenizer } from './llama2c-tokenizer.js'
import { fileSize, readBytes } from './tensor-file.js'
import { checkFinite } from './tensor-store.js'
import { layerShapes } from './tensors.js'
import type { LayerTensor, Shape } from './tensors.js'
import { checkConfig, tensorShapes, unknownTensor } from './types.js'
import type { LoadedModel, ModelConfig, Tokenizer } from './types.js'

/**
 * The first format of llama2.c: seven int32 (dim, hidden dim, layers, heads, KV heads, vocabulary, negative
 * when the head is stored apart; context) and the tensors as 32-bit floats, each for all layers together.
 * Rotary pairs are adjacent already.
 */
const HEADER_BYTES = 28
const FILE_ORDER: readonly LayerTensor[] = ['attnNorm', 'q', 'k', 'v', 'o', 'ffnNorm', 'gate', 'down', 'up']

function readConfig(file: string): ModelConfig {
  const header = new DataView(readBytes(file, 0, HEADER_BYTES, 'the header').buffer)
  const at = (index: number): number => header.getInt32(index * 4, true)
  const config: ModelConfig = {
    dim: at(0), hiddenDim: at(1), layers: at(2), heads: at(3), kvHeads: at(4), headDim: at(0) / at(3),
    vocabSize: Math.abs(at(5)), contextLength: at(6), normEps: 1e-5, ropeBase: 10000, tiedEmbeddings: at(5) > 0,
  }
  checkConfig(config, `${file} (header of a llama2.c model)`)
  return config
}

/** Byte offset of every tensor, and the file's length. */
function layOut(config: ModelConfig): { offsets: Map<string, number>; end: number } {
  const shapes = layerShapes(config, 0)
  const offsets = new Map<string, number>()
  let offset = HEADER_BYTES
  const elements = ([rows, columns]: Shape): number => rows * columns
  const place = (name: string, count: number): void => {
    offsets.set(name, offset)
    offset += count * 4
  }
  place('embed', config.vocabSize * config.dim)
  for (const name of FILE_ORDER) {
    for (let n = 0; n < config.layers; n++) place(`layers.${n}.${name}`, elements(shapes.get(name)!))
  }
  place('finalNorm', config.dim)
  // Tables of the rotary embedding follow in some files: context * headDim / 2 cosines, then as many sines.
  const rotary = config.contextLength * config.headDim * 4
  if (config.tiedEmbeddings) offsets.set('head', offsets.get('embed')!)
  else {
    offset += rotary
    place('head', config.vocabSize * config.dim)
  }
  return { offsets, end: offset }
}

function checkSize(file: string, config: ModelConfig, end: number): void {
  const size = fileSize(file)
  const rotary = config.contextLength * config.headDim * 4
  const fits = size === end || (config.tiedEmbeddings && size === end + rotary)
  if (!fits) {
    const what = size < end ? 'truncated' : 'longer than its header says'
    throw new InputError(`${file}: ${what}: a model of ${config.layers} layers, dim ${config.dim} and vocabulary ` +
      `${config.vocabSize} takes ${end} bytes, the file has ${size}`)
  }
}

/** The tokenizer that lies beside a model: the one other .bin of its folder that holds the vocabulary. */
function findTokenizer(file: string, vocabSize: number): Tokenizer {
  const folder = dirname(file)
  const candidates = readdirSync(folder).filter((name) => name.endsWith('.bin') && name !== basename(file)).sort()
  const named = candidates.filter((name) => name.startsWith('tok'))
  const errors: string[] = []
  for (const name of named.length > 0 ? named : candidates) {
    try {
      return loadLlama2cTokenizer(join(folder, name), vocabSize)
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      errors.push(error.message)
    }
  }
  const why = errors.length > 0 ? errors.join('; ') : `no tokenizer (tok*.bin) is in ${folder}`
  throw new InputError(`${file}: no tokenizer of ${vocabSize} tokens beside it: ${why}`)
}

/**
 * Opens a llama2.c model with the tokenizer that lies beside it.
 * @throws InputError for a file of the wrong length or without a tokenizer
 */
export function loadLlama2c(file: string): LoadedModel {
  const config = readConfig(file)
  const { offsets, end } = layOut(config)
  checkSize(file, config, end)
  const shapes = tensorShapes(config)
  const name = basename(file, '.bin')
  return {
    name,
    config,
    tokenizer: findTokenizer(file, config.vocabSize),
    tensor(tensorName) {
      const shape = shapes.get(tensorName)
      if (shape === undefined) throw unknownTensor(name, tensorName, config)
      const bytes = readBytes(file, offsets.get(tensorName)!, shape[0] * shape[1] * 4, `tensor '${tensorName}'`)
      return checkFinite(decodeElements(bytes, ELEMENT_TYPES.F32), file, tensorName)
    },
  }
}

