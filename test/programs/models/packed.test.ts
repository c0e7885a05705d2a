import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeElements, elementType } from '../../../programs/models/element-types.js'
import { loadModel } from '../../../programs/models/index.js'
import type { LoadedModel } from '../../../programs/models/index.js'
import { InputError } from '../../../sim/errors.js'
import { Random } from '../../../sim/random.js'
import { writeSplitGguf } from '../../support/gguf-files.js'
import { elementBytes, writeHuggingFace } from '../../support/model-files.js'
import { tinyModel } from '../../support/tiny-model.js'

/**
 * Checkpoints of packed integers, written here bit by bit from the descriptions of the formats, and their values worked out
 * from the integers that were packed.
 */

const GROUP = 16
const MATRIX = /layers\.\d+\.(self_attn|mlp)\..*_proj\.weight$/

interface Unpacked { readonly outputs: number; readonly inputs: number; readonly q: number[]; readonly z: number[]; readonly s: Float32Array; readonly groupOf: number[] }

/** Random integers, zero points, and scales that a 16-bit float holds exactly. */
function draw(random: Random, outputs: number, inputs: number, groupOf: number[]): Unpacked {
  const groups = inputs / GROUP
  return {
    outputs, inputs, groupOf, q: Array.from({ length: outputs * inputs }, () => random.below(16)),
    z: Array.from({ length: groups * outputs }, () => random.below(15) + 1),
    s: Float32Array.from({ length: groups * outputs }, () => (1 + random.below(64)) / 512),
  }
}

const valueOf = ({ outputs, inputs, q, z, s, groupOf }: Unpacked): Float32Array => Float32Array.from({ length: outputs * inputs }, (_, at) => {
  const [o, i] = [Math.floor(at / inputs), at % inputs]
  const cell = groupOf[i]! * outputs + o
  return (q[at]! - z[cell]!) * s[cell]!
})

/** Rows of words whose nibble at place(n) is the n-th of eight values. */
function words(rows: number, columns: number, value: (row: number, column: number) => number, place: (n: number) => number): Buffer {
  const bytes = Buffer.alloc(rows * columns / 2)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const nibble = (row * columns + column - column % 8) + place(column % 8)
      bytes[nibble >> 1]! |= value(row, column) << (4 * (nibble & 1))
    }
  }
  return bytes
}

const AWQ = [0, 4, 1, 5, 2, 6, 3, 7]

interface Part { readonly name: string; readonly dtype: string; readonly shape: number[]; readonly bytes: Buffer }

function pack(stem: string, weights: Unpacked, method: 'awq' | 'gptq', stored: (zero: number) => number): Part[] {
  const { outputs, inputs, q, z, s, groupOf } = weights
  const groups = inputs / GROUP
  const place = (n: number): number => (method === 'awq' ? AWQ[n]! : n)
  const scales = { name: `${stem}.scales`, dtype: 'F16', shape: [groups, outputs], bytes: elementBytes(s, 'F16') }
  const zeros = { name: `${stem}.qzeros`, dtype: 'I32', shape: [groups, outputs / 8], bytes: words(groups, outputs, (g, o) => stored(z[g * outputs + o]!), place) }
  if (method === 'awq') {
    return [{ name: `${stem}.qweight`, dtype: 'I32', shape: [inputs, outputs / 8], bytes: words(inputs, outputs, (i, o) => q[o * inputs + i]!, place) }, zeros, scales]
  }
  const bytes = Buffer.alloc(inputs * outputs / 2)
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const at = ((i >> 3) * outputs + o) * 4 + ((i & 7) >> 1)
      bytes[at]! |= q[o * inputs + i]! << (4 * (i & 1))
    }
  }
  const order = { name: `${stem}.g_idx`, dtype: 'I32', shape: [inputs], bytes: Buffer.from(Int32Array.from(groupOf).buffer) }
  return [{ name: `${stem}.qweight`, dtype: 'I32', shape: [inputs / 8, outputs], bytes }, zeros, scales, order]
}

/** A folder whose matrices are packed, and what is in them, by their stored names. */
function packedFolder(config: object, method: 'awq' | 'gptq', options: { stored?: (zero: number) => number; shuffled?: boolean } = {}): { folder: string; values: Map<string, Float32Array> } {
  const random = new Random(5)
  const values = new Map<string, Float32Array>()
  const folder = writeHuggingFace(tinyModel(3, { vocabSize: 257 }), {
    dtype: 'F32', config: { quantization_config: config },
    alter: (all) => all.flatMap((tensor) => {
      if (!MATRIX.test(tensor.name)) return [tensor]
      const [outputs, inputs] = tensor.shape as [number, number]
      const inOrder = Array.from({ length: inputs }, (_, i) => Math.floor(i / GROUP))
      const weights = draw(random, outputs, inputs, options.shuffled === true ? inOrder.map((_, i) => (i * 7) % (inputs / GROUP)) : inOrder)
      values.set(tensor.name, valueOf(weights))
      return pack(tensor.name.replace(/\.weight$/, ''), weights, method, options.stored ?? ((zero) => zero))
    }),
  })
  return { folder, values }
}

/** The matrices that need no reordering, by canonical name. */
function expectValues(model: LoadedModel, values: Map<string, Float32Array>): void {
  for (let n = 0; n < model.config.layers; n++) {
    for (const [ours, theirs] of [['v', 'self_attn.v_proj'], ['o', 'self_attn.o_proj'], ['gate', 'mlp.gate_proj'], ['down', 'mlp.down_proj']]) {
      expect(model.tensor(`layers.${n}.${ours}`)).toEqual(values.get(`model.layers.${n}.${theirs}.weight`))
    }
  }
}

describe('checkpoints of packed integers', () => {
  const awq = { quant_method: 'awq', bits: 4, group_size: GROUP, zero_point: true, version: 'gemm' }
  const gptq = { quant_method: 'gptq', bits: 4, group_size: GROUP, desc_act: false }

  it('of AWQ give scale x (q - zero)', () => {
    const { folder, values } = packedFolder(awq, 'awq')
    expectValues(loadModel(folder), values)
  })

  it('of GPTQ too, with zeros stored less one in its first format, and groups in any order', () => {
    const first = packedFolder(gptq, 'gptq', { stored: (zero) => zero - 1 })
    expectValues(loadModel(first.folder), first.values)
    const second = packedFolder({ ...gptq, checkpoint_format: 'gptq_v2', desc_act: true }, 'gptq', { shuffled: true })
    expectValues(loadModel(second.folder), second.values)
  })

  it('are refused by the key that matters', () => {
    const refuse = (config: object, message: RegExp): void => {
      const { folder } = packedFolder(config, 'awq')
      expect(() => loadModel(folder)).toThrow(InputError)
      expect(() => loadModel(folder)).toThrow(message)
    }
    refuse({ ...awq, bits: 8 }, /quantization_config\.bits is 8, expected 4/)
    refuse({ ...awq, version: 'gemv' }, /quantization_config\.version is "gemv", expected "gemm"/)
    refuse({ ...awq, zero_point: false }, /zero_point is false/)
    refuse({ ...awq, quant_method: 'bitsandbytes' }, /quant_method is "bitsandbytes", expected "awq" or "gptq"/)
    refuse({ ...gptq, checkpoint_format: 'marlin' }, /checkpoint_format is "marlin"/)
    refuse({ ...awq, group_size: 0 }, /group_size is 0/)
    refuse({ ...awq, group_size: 32 }, /tensor '.*qzeros' is I32 \[2, 4\], expected I32 \[1, 4\]/)
    refuse(gptq, /tensor '.*qweight' is I32 \[32, 4\], expected I32 \[4, 32\]/)
  })
})

describe('a GGUF in several files', () => {
  const model = tinyModel(3, { vocabSize: 270 })

  it('is read as one', () => {
    const loaded = loadModel(writeSplitGguf(model, 3))
    expect(loaded.name).toBe('split')
    for (const name of ['embed', 'layers.0.gate', 'layers.1.down', 'finalNorm', 'head']) expect(loaded.tensor(name)).toEqual(model.tensor(name))
    expect(loadModel(join(writeSplitGguf(model, 2), '..')).tensor('head')).toEqual(model.tensor('head'))
  })

  it('is refused when a part is missing, or the path is of a later one, or a part is another\'s', () => {
    const first = writeSplitGguf(model, 3)
    const second = first.replace('00001-of', '00002-of')
    expect(() => loadModel(second)).toThrow(/is part 2 of 3; give the first, split-00001-of-00003\.gguf/)
    const bytes = readFileSync(second)
    rmSync(second)
    expect(() => loadModel(first)).toThrow(/part 2 of 3, split-00002-of-00003\.gguf, is not there/)
    writeFileSync(second, readFileSync(first.replace('00001-of', '00003-of')))
    expect(() => loadModel(first)).toThrow(/split\.no is 2 of 3, its name says 1 \(from 0\) of 3/)
    writeFileSync(second, bytes)
    expect(loadModel(first).config.layers).toBe(2)
  })
})

const DEQUANT = '../shared/data/oracle/models/dequant.json'

describe.skipIf(!existsSync(DEQUANT))(`every block type against gguf-py, bit for bit (SKIPPED where ${DEQUANT} is absent)`, () => {
  const { types } = existsSync(DEQUANT)
    ? JSON.parse(readFileSync(DEQUANT, 'utf8')) as { types: Record<string, { hex: string; values: number[] }> } : { types: {} }
  it.each(Object.entries(types))('%s', (name, { hex, values }) => {
    const decoded = decodeElements(Uint8Array.from(Buffer.from(hex, 'hex')), elementType(name)!)
    expect(decoded).toEqual(Float32Array.from(values))
    expect([...decoded].findIndex((value, i) => !Object.is(value, Math.fround(values[i]!)))).toBe(-1)
  })
})
