import { InputError } from '../../sim/errors.js'
import { PORTS } from '../graph/operators.js'
import { readTensorFile } from '../models/safetensors.js'
import type { StoredTensor } from '../models/safetensors.js'

/**
 * Recorded spike counts: what entered every linear layer, token by token, of one sequence. A safetensors file, so that
 * Python writes it too (tools/capture). Tensors: `tokens` I32 [T] or [T + 1], the ids that went in (and the one chosen
 * last); `OPERATOR.LAYER` I8 [T, inputs] for qkv, o, gateUp and down; `head` I8 [T, dim]. Metadata: format, model, limit
 * (the largest count the encoder makes), promptTokens, and whatever else the writer says about itself.
 */
export const SPIKE_FORMAT = 'spikeloom-spikes-1'

export interface SpikeRecording {
  readonly model: string
  /** Tokens that went in. */
  readonly length: number
  /** How many of them are the prompt. */
  readonly promptTokens: number
  /** Token ids, `length` of them or one more. */
  readonly tokens: Int32Array
  /** Largest count the encoder makes, 7 for 4-bit activations. */
  readonly limit: number
  /** By `operator/layer`, counts [length, inputs]; the head is `head/-1`. */
  readonly counts: ReadonlyMap<string, { readonly inputs: number; readonly values: Int8Array }>
  /** Everything the file says about itself. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Whether a file is a recording by its name: others are histograms in JSON. */
export function isSpikeFile(file: string): boolean {
  return file.endsWith('.safetensors')
}

function wholeNumber(metadata: Readonly<Record<string, string>>, key: string, least: number, most: number, file: string): number {
  const value = Number(metadata[key])
  if (metadata[key] !== undefined && Number.isInteger(value) && value >= least && value <= most) return value
  throw new InputError(`${file}: metadata ${key} is ${JSON.stringify(metadata[key]) ?? 'missing'}, expected a whole number from ${least} to ${most}`)
}

function tokensOf(tensor: StoredTensor | undefined, file: string): Int32Array {
  if (tensor?.dtype !== 'I32' || tensor.shape.length !== 1 || tensor.shape[0] === 0) {
    throw new InputError(`${file}: tensor 'tokens' is missing, or is not of type I32 with one dimension`)
  }
  const bytes = tensor.read()
  const ids = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  const odd = ids.find((id) => id < 0)
  if (odd !== undefined) throw new InputError(`${file}: tensor 'tokens' has the id ${odd}`)
  return ids
}

/** `qkv.3` is operator qkv of layer 3. */
function keyOf(name: string, file: string): string {
  if (name === 'head') return 'head/-1'
  const [operator, layer, ...rest] = name.split('.')
  const fits = (PORTS as readonly string[]).includes(operator!) && /^\d{1,4}$/.test(layer ?? '') && rest.length === 0
  if (!fits) {
    throw new InputError(`${file}: tensor '${name}' is no operator of a layer, such as 'qkv.0'; operators: ${PORTS.join(', ')}`)
  }
  return `${operator}/${Number(layer)}`
}

/**
 * Reads recorded spike counts.
 * @throws InputError naming the tensor or key at fault
 */
export function readSpikeFile(file: string): SpikeRecording {
  const { tensors, metadata } = readTensorFile(file)
  if (metadata['format'] !== SPIKE_FORMAT) {
    throw new InputError(`${file}: metadata format is ${JSON.stringify(metadata['format']) ?? 'missing'}, expected "${SPIKE_FORMAT}"`)
  }
  const limit = wholeNumber(metadata, 'limit', 1, 127, file)
  const tokens = tokensOf(tensors.get('tokens'), file)
  const counts = new Map<string, { inputs: number; values: Int8Array }>()
  let length = -1
  for (const [name, tensor] of tensors) {
    if (name === 'tokens') continue
    const key = keyOf(name, file)
    const [rows, inputs] = tensor.shape
    if (tensor.dtype !== 'I8' || tensor.shape.length !== 2 || rows === 0 || inputs === 0) {
      throw new InputError(`${file}: tensor '${name}' is ${tensor.dtype} [${tensor.shape.join(', ')}], expected I8 [tokens, inputs]`)
    }
    if (length >= 0 && rows !== length) throw new InputError(`${file}: tensor '${name}' has ${rows} tokens, the one before ${length}`)
    length = rows!
    const bytes = tensor.read()
    counts.set(key, { inputs: inputs!, values: checkedCounts(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), limit, name, file) })
  }
  if (length !== tokens.length && length !== tokens.length - 1) {
    throw new InputError(`${file}: ${tokens.length} token ids for counts of ${Math.max(0, length)} tokens`)
  }
  const promptTokens = metadata['promptTokens'] === undefined ? length : wholeNumber(metadata, 'promptTokens', 1, length, file)
  return { model: metadata['model'] ?? '', length, promptTokens, tokens, limit, counts, metadata }
}

function checkedCounts(values: Int8Array, limit: number, name: string, file: string): Int8Array {
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > limit || values[i]! < -limit) {
      throw new InputError(`${file}: tensor '${name}' has the count ${values[i]} at element ${i}, the metadata's limit is ${limit}`)
    }
  }
  return values
}
