import { names, reaching, reads, updates, writes, type InstructionRow } from '../row.js'

const len = names('len', 'elements')
const into = updates('dst', 'float', 'left side and result')
const from = reads('src', 'float', 'right side')

export const VECTOR = [
  {
    mnemonic: 'VCOPY', opcode: 0x50, format: 'V', class: 'vector', unit: 'vector',
    operands: [writes('dst', 'word', 'copy'), reads('src', 'word', 'original'), len],
    summary: 'dst_i = src_i',
    elements: 'len', passes: 1, perElement: { dataWordRead: 1, dataWordWrite: 1 },
  },
  {
    mnemonic: 'VCLR', opcode: 0x5a, format: 'V', class: 'vector', unit: 'vector',
    operands: [writes('dst', 'word', 'zeros'), len],
    summary: 'dst_i = 0', detail: 'Readies a buffer whose sums were stored elsewhere for the next ones that accumulate on arrival.',
    elements: 'len', passes: 1, perElement: { dataWordWrite: 1 },
  },
  {
    mnemonic: 'VADD', opcode: 0x51, format: 'V', class: 'vector', unit: 'vector', operands: [into, from, len],
    summary: 'dst_i = f32(dst_i + src_i)', detail: 'The residual connection.',
    elements: 'len', passes: 1, perElement: { fp32Add: 1, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'VMUL', opcode: 0x52, format: 'V', class: 'vector', unit: 'vector', operands: [into, from, len],
    summary: 'dst_i = f32(dst_i * src_i)', detail: 'Gains of a norm, scales of a linear layer\'s output channels.',
    elements: 'len', passes: 1, perElement: { fp32Mul: 1, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'VSCL', opcode: 0x53, format: 'V', class: 'vector', unit: 'vector',
    operands: [reaching(into, 'rbOrLen'), len, reads('ra', 'float', 'factor'), reads('rb', 'int', 'length, unless r0')],
    summary: 'dst_i = f32(dst_i * ra)', detail: 'The length is r[rb], or len where rb is r0.',
    elements: 'rbOrLen', passes: 1, perElement: { fp32Mul: 1, dataWordRead: 1, dataWordWrite: 1 },
  },
  {
    mnemonic: 'RMSN', opcode: 0x54, format: 'V', class: 'vector', unit: 'vector',
    operands: [writes('dst', 'float', 'result'), reads('src', 'float', 'x'), len, reads('ra', 'float', 'eps')],
    summary: 'dst_i = f32(x_i * r), r = f32(1 / sqrt(mean of squares + eps))',
    detail: 'RMSNorm without its gains (VMUL applies them). The sum of squares is an integer in units of 2^-24.',
    elements: 'len', passes: 2, fixedCycles: 8, fixed: { fp32Special: 2 },
    perElement: { fp32Mul: 2, intOp: 1, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'DEQ', opcode: 0x55, format: 'V', class: 'vector', unit: 'vector',
    operands: [writes('dst', 'float', 'result'), updates('src', 'int', 'sums, cleared'), len,
      reads('ra', 'float', 'scale')],
    summary: 'dst_i = f32(src_i * ra); src_i = 0',
    detail: 'src_i is an integer. Clearing it readies the buffer for the next partial sums that accumulate on arrival.',
    elements: 'len', passes: 1, perElement: { intOp: 1, fp32Mul: 1, dataWordRead: 1, dataWordWrite: 2 },
  },
  {
    mnemonic: 'SILU', opcode: 0x56, format: 'V', class: 'vector', unit: 'vector',
    operands: [updates('dst', 'float', 'gate, then result'), reads('src', 'float', 'up'), len],
    summary: 'dst_i = silu(dst_i) * src_i', detail: 'y = f32(f32(g * f32(1 / f32(1 + exp(f32(-g))))) * u).',
    elements: 'len', passes: 4,
    perElement: { fp32Special: 2, fp32Add: 1, fp32Mul: 2, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'GELU', opcode: 0x5b, format: 'V', class: 'vector', unit: 'vector',
    operands: [updates('dst', 'float', 'gate, then result'), reads('src', 'float', 'up'), len],
    summary: 'dst_i = gelu(dst_i) * src_i, GELU in its tanh form',
    detail: '0.5 (1 + tanh z) is the logistic function of 2z: z = f32(g * f32(f32(f32(g * g) * 0.07135482) + 1.5957691)), '
      + 'then as SILU: y = f32(f32(g * f32(1 / f32(1 + exp(f32(-z))))) * u).',
    elements: 'len', passes: 7,
    perElement: { fp32Special: 2, fp32Add: 2, fp32Mul: 5, dataWordRead: 2, dataWordWrite: 1 },
  },
  {
    mnemonic: 'AMAX', opcode: 0x57, format: 'V', class: 'vector', unit: 'vector',
    operands: [writes('ra', 'float', 'maximum'), reads('src', 'float', 'x'), len],
    summary: 'ra = max abs(src_i)', detail: '0 for an empty or silent vector.',
    elements: 'len', passes: 1, perElement: { fp32Add: 1, dataWordRead: 1 },
  },
  {
    mnemonic: 'VTOP', opcode: 0x5c, format: 'V', class: 'vector', unit: 'vector',
    operands: [reaching(updates('dst', 'float', 'the largest, at its place'), 'len'), updates('src', 'float', 'x'), len,
      updates('ra', 'float', 'sum of those taken')],
    summary: 'dst_j = src_j, ra = f32(ra + src_j), src_j = -1, where src_j is the largest of src',
    detail: 'The first of equals. Of values that are not negative, k of these take the k largest, in order. '
      + 'In statistics mode j is drawn, each that was not taken as likely as the others.',
    elements: 'len', passes: 1, fixed: { fp32Add: 1, dataWordWrite: 2 }, perElement: { fp32Add: 1, dataWordRead: 1 },
  },
  {
    mnemonic: 'QNT', opcode: 0x58, format: 'V', class: 'vector', unit: 'vector',
    operands: [
      writes('dst', 'int', 'spike counts q'), reads('src', 'float', 'x'), len,
      reads('ra', 'float', 'scale s'), reads('rb', 'int', 'limit L'),
    ],
    summary: 'integrate: dst_i = sign(x_i) * min(floor(f32(abs(x_i) * f32(1 / s)) + 0.5), L)',
    detail: 'Step 1 of the encoder: the number of times a membrane pre-charged to half a threshold fires. '
      + 's is positive, or 0 for a silent vector: then all counts are 0. With -L in rb membranes start empty, and '
      + 'counts round down: floor(f32(abs(x_i) * f32(1 / s))).',
    elements: 'len', passes: 1, fixedCycles: 4, fixed: { fp32Special: 1 },
    perElement: { fp32Mul: 1, intOp: 2, dataWordRead: 1, dataWordWrite: 1 },
  },
  {
    mnemonic: 'ROPE', opcode: 0x59, format: 'V', class: 'vector', unit: 'vector',
    operands: [
      updates('dst', 'float', 'heads, one after the other'), reaching(reads('src', 'int', 'steps of one head\'s pairs'), 'one'),
      names('len', 'elements of all heads'), reads('ra', 'int', 'position'), reads('rb', 'int', 'head dimension'),
    ],
    summary: 'rotate adjacent pairs of every head by position * step',
    detail: 'Pair (2i, 2i + 1) of a head turns by phase (position * step_i) mod 2^32, where 2^32 is one turn: '
      + 'a\' = f32(f32(a*c) - f32(b*s)), b\' = f32(f32(a*s) + f32(b*c)).',
    elements: 'len', passes: 2,
    perElement: { intOp: 1, fp32Special: 1, fp32Mul: 2, fp32Add: 1, dataWordRead: 2, dataWordWrite: 1 },
  },
] as const satisfies readonly InstructionRow[]
