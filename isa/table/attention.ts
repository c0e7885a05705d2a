import { names, reaching, reads, updates, writes, type InstructionRow } from '../row.js'

const headDim = names('len', 'head dimension d')
const positions = reads('ra', 'int', 'positions n')
const cache = (of: string) => reaching(reads('src', 'packed', `base of the ${of} cache`), 'running')

const SCORE = {
  format: 'V', class: 'attention', unit: 'adders', passes: 1, rows: 'positions',
  operands: [reaching(writes('dst', 'float', 'scores'), 'running'), cache('K'), headDim, positions,
    reads('rb', 'address', 'where the query\'s d integers are')],
  perQuad: { dataWordRead: 1 }, perLen: { dataWordRead: 1 },
  perRow: { dataWordRead: 1, fp32Mul: 1, intOp: 1, dataWordWrite: 1 },
} as const

const VALUE = {
  format: 'V', class: 'attention', unit: 'adders', passes: 1, rows: 'positions',
  operands: [writes('dst', 'int', 'd sums'), cache('V'), headDim, positions,
    reads('rb', 'address', 'where the n integer weights are')],
  perQuad: { dataWordRead: 1 }, perRow: { dataWordRead: 1 }, perLen: { dataWordWrite: 1 },
} as const

/** A row of a KV cache is one word with its scale, then ceil(d / 4) words with four signed 8-bit integers each. */
export const ATTENTION = [
  {
    mnemonic: 'KVW', opcode: 0x60, format: 'V', class: 'attention', unit: 'vector',
    operands: [reaching(writes('dst', 'packed', 'base of the cache'), 'one'), reads('src', 'float', 'key or value vector'), headDim,
      reads('ra', 'int', 'position'), reads('rb', 'int', 'limit L')],
    summary: 'quantize a vector and write it as row ra of the cache',
    detail: 's = f32(max abs(src_i) / L), 1 for a silent vector; integers as in QNT, four to a word, the first in the '
      + 'lowest byte.',
    elements: 'len', passes: 2, rows: 'one', fixedCycles: 8, fixed: { dataWordWrite: 1, fp32Special: 2 },
    perElement: { fp32Add: 1, fp32Mul: 1, intOp: 2, dataWordRead: 2 }, perQuad: { dataWordWrite: 1 },
  },
  {
    ...SCORE, mnemonic: 'QKD', opcode: 0x61,
    summary: 'scores, dense: dst_p = f32(dot(q, k_p) * sk_p)', detail: 'One multiply-accumulate an element.',
    elements: 'positions*len', perElement: { attentionMac: 1 },
  },
  {
    ...SCORE, mnemonic: 'QKS', opcode: 0x62,
    summary: 'scores, spiking: dst_p = f32(dot(q, k_p) * sk_p)',
    detail: 'The query fires abs(q_i) spikes, and each adds or subtracts one cache integer per position.',
    elements: 'spikes*positions', rowWidth: 'positions', perElement: { synapticAdd: 1 },
  },
  {
    mnemonic: 'SMAX', opcode: 0x63, format: 'V', class: 'attention', unit: 'vector',
    operands: [reaching(updates('dst', 'float', 'scores, then exponentials'), 'running'), positions, writes('rb', 'float', 'their sum')],
    summary: 'softmax without the division: dst_p = exp(f32(dst_p - max)); rb = sum',
    detail: 'The sum is an integer in units of 2^-24, rounded to a float at the end.',
    elements: 'positions', passes: 4,
    perElement: { fp32Add: 2, fp32Special: 1, intOp: 1, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'PWQ', opcode: 0x64, format: 'V', class: 'attention', unit: 'vector',
    operands: [reaching(writes('dst', 'int', 'n integer weights, 0..255'), 'running'), cache('V'), headDim, positions,
      updates('rb', 'address', 'in: where the exponentials e are; out: the scale, a float')],
    summary: 'weights of the values: dst_p = floor(f32(u_p * f32(255 / m)) + 0.5); rb = f32(m / 255)',
    detail: 'u_p = f32(e_p * sv_p), m = max u. The scale of each V row goes into its weight, '
      + 'so that the sum over positions is an integer sum.',
    elements: 'positions', passes: 3, fixedCycles: 4, fixed: { fp32Special: 1 },
    perElement: { fp32Mul: 2, fp32Add: 1, intOp: 2, dataWordRead: 3, dataWordWrite: 1 },
  },
  {
    ...VALUE, mnemonic: 'PVD', opcode: 0x65,
    summary: 'values, dense: dst_j = sum over p of weight_p * v_pj', detail: 'One multiply-accumulate an element.',
    elements: 'positions*len', rowWidth: 'len', perElement: { attentionMac: 1 },
  },
  {
    ...VALUE, mnemonic: 'PVS', opcode: 0x66,
    summary: 'values, spiking: dst_j = sum over p of weight_p * v_pj',
    detail: 'Position p fires weight_p spikes, and each adds one row of the cache.',
    elements: 'spikes*len', rowWidth: 'len', perElement: { synapticAdd: 1 },
  },
] as const satisfies readonly InstructionRow[]
