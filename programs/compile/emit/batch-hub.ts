import { rangeLength } from '../ir.js'
import type { FinalUnit, HubUnit } from '../ir.js'
import { roundOutputs, roundTiles, sumsParts } from '../batch.js'
import { HOST_SEMAPHORES } from '../plan.js'
import type { Operator, ScheduledModel } from '../plan.js'
import { address, attentionOf, finalOf, hubOf, packetsFor, packetsFrom, planOf, routeTo, semaphore, signalTo, tagOf } from '../queries.js'
import { roundsOf } from '../rounds.js'
import { eachToken, loadCounts, loadRow, storeCounts, storeRow } from './batch.js'
import type { ProgramBuilder } from './builder.js'
import { emitFireRound, emitQuantize, inPieces } from './encode.js'
import { emitAddToResidual, emitEmbeddingRow, emitGate, emitNorm, emitScale, hubBefore } from './hub.js'

/**
 * The hub of a layer in a batch. Every linear layer is a loop over rounds of tiles, and in it a loop over tokens: the
 * tiles of a round keep their weights until all tokens have passed. Sums of all rounds but the last are rows in
 * external memory until then.
 */

/** One linear layer of a token: what fires, and what becomes of the sums. */
interface Stage {
  readonly linear: 'qkv' | 'o' | 'gateUp' | 'down'
  /** Buffer of the counts, and how many there are; their scale stands behind them. */
  readonly counts: 'h' | 'hidden'
  readonly inputs: number
  /** Row that keeps counts and scale for later rounds. */
  readonly row: string
  /** Leaves the counts in their buffer and their scale in its register. Absent where they are in the row already. */
  readonly prepare?: () => void
  /** Sums that the hub collects: their buffer and semaphore. */
  readonly sums?: { readonly buffer: 'sumsModel' | 'sumsGateUp'; readonly semaphore: string }
  /** Called before the token fires for the last time. */
  readonly beforeLast?: () => void
  /** Called with all sums in their buffer. */
  readonly finish: () => void
}

function emitStage(model: ScheduledModel, unit: HubUnit, stage: Stage, out: ProgramBuilder): void {
  const { linear, counts, inputs } = stage
  const rounds = roundsOf(model, linear, unit.layer).length
  const at = address(model, unit, counts)
  for (let round = 0; round < rounds; round++) {
    const isLast = round === rounds - 1
    eachToken(model, out, () => {
      out.setTag(tagOf(model, linear, unit.layer))
      if (round === 0 && stage.prepare !== undefined) {
        stage.prepare()
        if (rounds > 1) storeCounts(model, unit, stage.row, at, inputs, out)
      } else loadCounts(model, unit, stage.row, at, inputs, out)
      if (isLast) stage.beforeLast?.()
      emitFireRound(model, unit, linear, unit.layer, round, out, { counts })
      collectSums(model, unit, stage, round, rounds, out)
      if (isLast) stage.finish()
      else if (stage.sums === undefined) awaitStored(model, unit, round, out)
    })
  }
}

/** Waits for the sums of a round; all but the last round's are put aside, and come back behind the last. */
function collectSums(
  model: ScheduledModel, unit: HubUnit, { linear, sums }: Stage, round: number, rounds: number, out: ProgramBuilder,
): void {
  if (sums === undefined) return
  const buffer = address(model, unit, sums.buffer)
  const part = roundOutputs(model, linear, unit.layer, round)
  const count = packetsFrom(model, roundTiles(model, linear, unit.layer, round), [part])
  out.emit('RECV', { sem: semaphore(planOf(model, unit), sums.semaphore), count })
  if (round < rounds - 1) {
    storeRow(model, unit, `sums.${round}`, buffer + part.begin, rangeLength(part), out)
    inPieces(rangeLength(part), (offset, len) => out.emit('VCLR', { dst: buffer + part.begin + offset, len }))
    return
  }
  for (let earlier = 0; earlier < round; earlier++) {
    const { begin, end } = roundOutputs(model, linear, unit.layer, earlier)
    loadRow(model, unit, `sums.${earlier}`, buffer + begin, end - begin, out)
  }
}

/** Waits until the attention units have put a round's sums aside. */
function awaitStored(model: ScheduledModel, unit: HubUnit, round: number, out: ProgramBuilder): void {
  const units = attentionOf(model, unit.layer).filter((attention) => sumsParts(model, attention, round).length > 0)
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'stored'), count: units.length })
}

/** Takes the tokens of the batch: from the host's embedding tiles, or from a hub on another core. */
export function emitTakeBatch(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
  const { dim } = model.model.config
  const plan = planOf(model, unit)
  const xIn = address(model, unit, 'xIn')
  if (unit.kind === 'hub' && unit.layer === 0) {
    eachToken(model, out, () => {
      emitEmbeddingRow(model, unit, out)
      storeRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out, xIn + dim + 1)
      out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.embedded)) })
    })
    out.emit('RECV', { sem: semaphore(plan, 'flag'), count: 1 })
    return
  }
  const before = planOf(model, hubBefore(model, unit))
  if (before === plan) return
  out.setTag(tagOf(model, 'norm', unit.layer))
  eachToken(model, out, () => {
    out.emit('RECV', { sem: semaphore(plan, 'xIn'), count: packetsFor(model, dim + 1) })
    storeRow(model, unit, 'x', xIn, dim + 1, out)
    out.emit('SIGNAL', { route: out.route(signalTo(before.core, semaphore(before, 'credit'))) })
  })
}

/** The first credits of those who take tokens from another core. */
export function emitFirstCredit(model: ScheduledModel, unit: HubUnit | FinalUnit, out: ProgramBuilder): void {
  if (unit.kind === 'final') out.emit('SIGNAL', { route: out.route(signalTo(model.host, HOST_SEMAPHORES.credit)) })
  if (unit.kind === 'hub' && unit.layer === 0) return
  const before = planOf(model, hubBefore(model, unit))
  if (before === planOf(model, unit)) return
  out.emit('SIGNAL', { route: out.route(signalTo(before.core, semaphore(before, 'credit'))) })
}

/** Norm, spikes for the qkv tiles, the scale for the attention units; then what they send back is a row. */
export function emitQkvStage(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim, heads, kvHeads, headDim } = model.model.config
  const perUnit = packetsFor(model, (heads / kvHeads) * headDim)
  emitStage(model, unit, {
    linear: 'qkv', counts: 'h', inputs: dim, row: 'counts',
    prepare: () => prepareNormed(model, unit, 'qkv', 'attnNorm', out),
    beforeLast: () => emitScale(model, unit, out),
    finish: () => {
      out.emit('RECV', { sem: semaphore(planOf(model, unit), 'attention'), count: perUnit * kvHeads })
      storeRow(model, unit, 'attention', address(model, unit, 'hidden'), heads * headDim, out)
    },
  }, out)
}

/** Attention outputs to spikes for the o tiles; their sums are added to the residual vector. */
export function emitOutputStage(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { heads, headDim } = model.model.config
  const hidden = address(model, unit, 'hidden')
  emitStage(model, unit, {
    linear: 'o', counts: 'hidden', inputs: heads * headDim, row: 'counts',
    prepare: () => {
      loadRow(model, unit, 'attention', hidden, heads * headDim, out)
      emitQuantize(model, unit, 'o', hidden, out)
    },
    sums: { buffer: 'sumsModel', semaphore: 'sumsO' },
    finish: () => finishResidual(model, unit, 'o', 'scaleO', out),
  }, out)
}

/** Norm, spikes for the gate and up tiles; their gated product, as counts with their scale, is a row. */
export function emitGateStage(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim, hiddenDim } = model.model.config
  const hidden = address(model, unit, 'hidden')
  emitStage(model, unit, {
    linear: 'gateUp', counts: 'h', inputs: dim, row: 'counts',
    prepare: () => prepareNormed(model, unit, 'gateUp', 'ffnNorm', out),
    sums: { buffer: 'sumsGateUp', semaphore: 'sumsGateUp' },
    finish: () => {
      emitGate(model, unit, out)
      out.setTag(tagOf(model, 'down', unit.layer))
      emitQuantize(model, unit, 'down', hidden, out)
      storeCounts(model, unit, 'gated', hidden, hiddenDim, out)
    },
  }, out)
}

/** Spikes for the down tiles; their sums are added to the residual vector, which goes on to the next hub. */
export function emitDownStage(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  emitStage(model, unit, {
    linear: 'down', counts: 'hidden', inputs: model.model.config.hiddenDim, row: 'gated',
    sums: { buffer: 'sumsModel', semaphore: 'sumsDown' },
    finish: () => {
      finishResidual(model, unit, 'down', 'scaleDown', out)
      emitHandOn(model, unit, out)
    },
  }, out)
}

function prepareNormed(
  model: ScheduledModel, unit: HubUnit, linear: 'qkv' | 'gateUp', gain: string, out: ProgramBuilder,
): void {
  const { dim } = model.model.config
  const tag = (operator: Operator): void => out.setTag(tagOf(model, operator, unit.layer))
  tag('norm')
  loadRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out)
  emitNorm(model, unit, `${gain}.${unit.layer}`, out)
  tag(linear)
  emitQuantize(model, unit, linear, address(model, unit, 'h'), out)
}

function finishResidual(
  model: ScheduledModel, unit: HubUnit, linear: 'o' | 'down', scales: string, out: ProgramBuilder,
): void {
  const { dim } = model.model.config
  const x = address(model, unit, 'x')
  loadRow(model, unit, 'x', x, dim + 1, out)
  emitAddToResidual(model, unit, linear, `${scales}.${unit.layer}`, out)
  storeRow(model, unit, 'x', x, dim + 1, out)
}

/** The residual vector of the token in hand, to a next hub on another core when that has room for it. */
function emitHandOn(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const { dim, layers } = model.model.config
  const next = unit.layer + 1 < layers ? hubOf(model, unit.layer + 1) : finalOf(model)
  if (planOf(model, next) === planOf(model, unit)) return
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'credit'), count: 1 })
  const route = out.route(routeTo(model, next, 'xIn', 0, 'write', 'xIn'))
  out.emit('SENDV', { route, src: address(model, unit, 'x'), len: dim + 1 })
}

