import type { LinearOperator, Operator, OperatorKind, OperatorOf } from '../../graph/operators.js'
import { scaleName, weightName } from '../constants.js'
import { GATE_PART, headsPlace } from '../data.js'
import { qkvRanges, rangeLength } from '../ir.js'
import type { AttentionUnit, FinalUnit, HubUnit } from '../ir.js'
import type { ScheduledModel } from '../plan.js'
import { address, attentionOf, routeTo, tagOf } from '../queries.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { constantAddress, emitDequantize, inPieces } from './encode.js'

/** What the owner of the residual vector runs by itself: one emitter for each kind of operator, whatever the schedule. */

/** Where an operator's instructions go: a unit of a scheduled model, and the program of its core. */
export interface Place {
  readonly model: ScheduledModel
  readonly unit: HubUnit | FinalUnit
  readonly out: ProgramBuilder
  /** The expert in hand. */
  readonly expert?: number
}

/** Semaphore of a head's part of a vector that the hub hands out. */
export function scatterSemaphore({ kvHead }: AttentionUnit): string {
  return `qkv.${kvHead}`
}

type Emitters = { [K in OperatorKind]?: (operator: OperatorOf<K>, place: Place) => void }

const EMITTERS: Emitters = {
  norm: ({ input, output, gain, begin, end }, { model, unit, out }) => {
    const [from, to] = [address(model, unit, input), address(model, unit, output)]
    const gains = constantAddress(model, unit, weightName(gain.name, unit), { begin: 0, end: gain.words }, out)
    for (let at = begin; at < end; at += gain.words) {
      out.emit('RMSN', { dst: to + at, src: from + at, len: gain.words, ra: REGISTER.eps })
      out.emit('VMUL', { dst: to + at, src: gains, len: gain.words })
    }
  },
  bias: ({ vector, bias }, { model, unit, out }) => {
    const to = address(model, unit, vector)
    const from = constantAddress(model, unit, weightName(bias.name, unit), { begin: 0, end: bias.words }, out)
    inPieces(bias.words, (offset, len) => out.emit('VADD', { dst: to + offset, src: from + offset, len }))
  },
  gate: ({ activation, port, input, output, words }, { model, unit, out, expert }) => {
    const to = address(model, unit, output)
    const up = address(model, unit, 'up')
    const scales = scaleName(port, unit, expert)
    for (let begin = 0; begin < words; begin += GATE_PART) {
      const end = Math.min(words, begin + GATE_PART)
      emitDequantize(model, unit, to + begin, input, scales, { begin, end }, out)
      emitDequantize(model, unit, up, input, scales, { begin: words + begin, end: words + end }, out)
      out.emit(activation === 'gelu' ? 'GELU' : 'SILU', { dst: to + begin, src: up, len: end - begin })
    }
  },
  copy: ({ input, output, words }, { model, unit, out }) => {
    inPieces(words, (offset, len) => {
      out.emit('VCOPY', { dst: address(model, unit, output) + offset, src: address(model, unit, input) + offset, len })
    })
  },
  scatter: ({ input }, { model, unit, out }) => {
    for (const heads of attentionOf(model, unit.layer)) {
      for (const { range, offset } of qkvRanges(model, heads.kvHead)) {
        const route = out.route(routeTo(model, heads, headsPlace(model, heads), offset, 'write', scatterSemaphore(heads)))
        out.emit('SENDV', { route, src: address(model, unit, input) + range.begin, len: rangeLength(range) })
      }
    }
  },
  route: ({ input, output, words, chosen, normalised }, { model, unit, out }) => {
    const { zero, a, b, one } = REGISTER
    const [from, to] = [address(model, unit, input), address(model, unit, output)]
    out.loadInt(a, words)
    out.emit('SMAX', { dst: from, ra: a, rb: b })
    out.emit('VCLR', { dst: to, len: words })
    out.loadInt(a, 0)
    for (let n = 0; n < chosen; n++) out.emit('VTOP', { dst: to, src: from, len: words, ra: a })
    out.emit('FDIV', { rd: a, rs: one, rt: normalised ? a : b })
    out.emit('VSCL', { dst: to, len: words, ra: a, rb: zero })
  },
  weigh: ({ to, input, gates }, { model, unit, out, expert }) => {
    const { dim } = model.model.config
    const from = address(model, unit, input)
    out.emit('LD', { rd: REGISTER.a, addr: address(model, unit, gates) + expert!, rs: REGISTER.zero })
    inPieces(dim, (offset, len) => {
      out.emit('VSCL', { dst: from + offset, len, ra: REGISTER.a, rb: REGISTER.zero })
      out.emit('VADD', { dst: address(model, unit, to) + offset, src: from + offset, len })
    })
  },
  add: ({ to, input }, { model, unit, out }) => {
    const { dim } = model.model.config
    inPieces(dim, (offset, len) => {
      out.emit('VADD', { dst: address(model, unit, to) + offset, src: address(model, unit, input) + offset, len })
    })
  },
}

/** The operators of a hub, in order, each under its tag. */
export function emitOperators(operators: readonly Operator[], place: Place): void {
  for (const operator of operators) {
    const emitter = EMITTERS[operator.kind] as ((operator: Operator, place: Place) => void) | undefined
    if (emitter === undefined) throw new Error(`no hub runs ${operator.kind}`)
    place.out.setTag(tagOf(place.model, operator.tag, place.unit.layer))
    emitter(operator, place)
  }
}

/** The sums of a linear layer, all there, become reals, unless their reader takes them as they are. */
export function emitSumsToReals({ port, output, sums, outputs }: LinearOperator, { model, unit, out, expert }: Place): void {
  if (output === sums) return
  out.setTag(tagOf(model, port, unit.layer))
  emitDequantize(model, unit, address(model, unit, output), sums, scaleName(port, unit, expert), { begin: 0, end: outputs }, out)
}
