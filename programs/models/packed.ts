import { InputError } from '../../sim/errors.js'
import { decodeElements, ELEMENT_TYPES } from './element-types.js'
import { shown } from './json.js'
import { TensorStore, checkFinite } from './tensor-store.js'
import type { TensorEntry } from './tensor-store.js'
import type { Shape } from './tensors.js'

/**
 * Checkpoints whose weights are integers of 4 bits with a scale and a zero point for each group of inputs: AWQ (casper-hansen/AutoAWQ,
 * packing_utils.py) and GPTQ (AutoGPTQ, qlinear_cuda_old.py). A weight is scale x (q - zero), which a 32-bit float holds
 * exactly; what is quantized again for the chip is those values.
 */
export interface Packing {
  readonly method: 'awq' | 'gptq'
  /** Inputs of a group; 0: all inputs of an output are one. */
  readonly group: number
  /** GPTQ's first format stores zero points less one. */
  readonly zeroOffset: 0 | 1
}

/** Columns 0 to 7 of a word of AWQ lie in these nibbles. */
const AWQ_NIBBLES = [0, 4, 1, 5, 2, 6, 3, 7]

type Values = Readonly<Record<string, unknown>>

/**
 * How a checkpoint's weights are packed, by `quantization_config` of its config.json; undefined for plain ones.
 * @throws InputError naming the key, for a packing that is not read
 */
export function packingOf(settings: unknown, where: string): Packing | undefined {
  if (settings === undefined || settings === null) return undefined
  const values = (typeof settings === 'object' ? settings : {}) as Values
  const refuse = (key: string, expected: string): never => {
    throw new InputError(`${where}: quantization_config.${key} is ${shown(values[key])}, expected ${expected}`)
  }
  const method = values['quant_method']
  if (method !== 'awq' && method !== 'gptq') {
    refuse('quant_method', '"awq" or "gptq": other packings are not read')
  }
  if (values['bits'] !== 4) refuse('bits', '4: other widths are not read')
  const group = values['group_size'] ?? 128
  if (typeof group !== 'number' || !Number.isInteger(group) || (group < 1 && group !== -1)) refuse('group_size', 'a positive whole number, or -1')
  if (method === 'awq') {
    if (String(values['version'] ?? 'gemm').toLowerCase() !== 'gemm') refuse('version', '"gemm": the others order weights otherwise')
    if (values['zero_point'] === false) refuse('zero_point', 'true')
  }
  const format = values['checkpoint_format'] ?? 'gptq'
  if (method === 'gptq' && format !== 'gptq' && format !== 'gptq_v2') refuse('checkpoint_format', '"gptq" or "gptq_v2"')
  return {
    method: method as Packing['method'], group: Math.max(0, group as number),
    zeroOffset: method === 'gptq' && format === 'gptq' ? 1 : 0,
  }
}

/** Tensors of a packed checkpoint by the names of plain ones: `X.weight` stands for X.qweight, X.qzeros and X.scales. */
export class PackedStore extends TensorStore {
  private readonly packing: Packing

  constructor(where: string, entries: ReadonlyMap<string, TensorEntry>, packing: Packing) {
    super(where, entries)
    this.packing = packing
  }

  private stemOf(name: string): string | undefined {
    const stem = name.replace(/\.weight$/, '')
    return name.endsWith('.weight') && !super.has(name) && super.has(`${stem}.qweight`) ? stem : undefined
  }

  override has(name: string): boolean {
    return super.has(name) || this.stemOf(name) !== undefined
  }

  override refuseUnread(used: Iterable<string>, harmless: RegExp): void {
    const parts = [...used].flatMap((name) => {
      const stem = this.stemOf(name)
      return stem === undefined ? [name] : ['qweight', 'qzeros', 'scales', 'g_idx'].map((part) => `${stem}.${part}`)
    })
    super.refuseUnread(parts, harmless)
  }

  /** Shapes of the parts of a matrix of `outputs` x `inputs`. */
  private partShapes([outputs, inputs]: Shape): Record<'qweight' | 'qzeros' | 'scales', readonly number[]> {
    const groups = this.packing.group === 0 ? 1 : Math.ceil(inputs / this.packing.group)
    const words = outputs / 8
    return {
      qweight: this.packing.method === 'awq' ? [inputs, words] : [inputs / 8, outputs], qzeros: [groups, words], scales: [groups, outputs],
    }
  }

  override check(name: string, shape: Shape, source: string): void {
    const stem = this.stemOf(name)
    if (stem === undefined) return super.check(name, shape, source)
    for (const [part, expected] of Object.entries(this.partShapes(shape))) {
      this.raw(`${stem}.${part}`, part === 'scales' ? 'F16' : 'I32', expected, false)
    }
  }

  override read(name: string): Float32Array {
    const stem = this.stemOf(name)
    if (stem === undefined) return super.read(name)
    const [first, second] = this.shapeOf(`${stem}.qweight`) as [number, number]
    const [outputs, inputs] = this.packing.method === 'awq' ? [second * 8, first] : [second, first * 8]
    const shapes = this.partShapes([outputs, inputs])
    const words = (part: 'qweight' | 'qzeros'): Int32Array => new Int32Array(this.raw(`${stem}.${part}`, 'I32', shapes[part]).buffer)
    const scales = decodeElements(this.raw(`${stem}.scales`, 'F16', shapes.scales), ELEMENT_TYPES.F16)
    checkFinite(scales, this.where, `${stem}.scales`)
    return this.unpack({ outputs, inputs, weights: words('qweight'), zeros: words('qzeros'), scales, groupOf: this.groupsOf(stem, inputs, shapes.scales[0]!) })
  }

  /** The group of each input: in order, or as GPTQ's g_idx says. */
  private groupsOf(stem: string, inputs: number, groups: number): Int32Array {
    const { group, method } = this.packing
    if (method === 'awq' || !super.has(`${stem}.g_idx`)) {
      return Int32Array.from({ length: inputs }, (_, i) => (group === 0 ? 0 : Math.floor(i / group)))
    }
    const listed = new Int32Array(this.raw(`${stem}.g_idx`, 'I32', [inputs]).buffer)
    const odd = listed.findIndex((value) => value < 0 || value >= groups)
    if (odd >= 0) throw new InputError(`${this.where}: tensor '${stem}.g_idx' has the group ${listed[odd]} at input ${odd}, expected 0 to ${groups - 1}`)
    return listed
  }

  private unpack({ outputs, inputs, weights, zeros, scales, groupOf }: Packed): Float32Array {
    const isAwq = this.packing.method === 'awq'
    const { zeroOffset } = this.packing
    const words = outputs / 8
    const values = new Float32Array(outputs * inputs)
    for (let o = 0; o < outputs; o++) {
      const shift = 4 * (isAwq ? AWQ_NIBBLES[o & 7]! : o & 7)
      for (let i = 0; i < inputs; i++) {
        const group = groupOf[i]!
        const zero = ((zeros[group * words + (o >> 3)]! >>> shift) & 15) + zeroOffset
        const q = isAwq ? weights[i * words + (o >> 3)]! >>> shift : weights[(i >> 3) * outputs + o]! >>> (4 * (i & 7))
        values[o * inputs + i] = ((q & 15) - zero) * scales[group * outputs + o]!
      }
    }
    return values
  }
}

interface Packed {
  readonly outputs: number
  readonly inputs: number
  readonly weights: Int32Array
  readonly zeros: Int32Array
  readonly scales: Float32Array
  readonly groupOf: Int32Array
}
