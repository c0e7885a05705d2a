import { HEADS_ROW, countsRow, roundOutputs, roundTiles, sumsParts } from '../batch.js'
import { rangeLength } from '../ir.js'
import type { HubUnit } from '../ir.js'
import type { ScheduledModel } from '../plan.js'
import { address, attentionOf, packetsFrom, planOf, semaphore, tagOf } from '../queries.js'
import { roundsOf } from '../rounds.js'
import { inputsOf, stagesOfLayer } from '../stages.js'
import type { Stage } from '../stages.js'
import { eachToken, loadCounts, loadRow, storeCounts, storeRow } from './batch.js'
import type { ProgramBuilder } from './builder.js'
import { emitFireRound, emitQuantize, inPieces } from './encode.js'
import { emitHandOn, emitScale, emitTake } from './hub.js'
import { emitOperators, emitSumsToReals } from './operators.js'
import { headsPackets } from './tokens.js'

/**
 * The schedule of a batch. Every stage of a hub is a loop over rounds of tiles, and in it a loop over tokens: the
 * tiles of a round keep their weights until all tokens have passed. Sums of all rounds but the last are rows in
 * external memory until then.
 */
export function emitHubStage(model: ScheduledModel, unit: HubUnit, at: number, out: ProgramBuilder): void {
  const stages = stagesOfLayer(model.model.config, unit.layer)
  const stage = stages[at]!
  const { port, input, inputs, taker } = stage.linear
  const counts = address(model, unit, input)
  const rounds = roundsOf(model, port, unit.layer).length
  if (at === 0) emitTake(model, unit, out)
  for (let round = 0; round < rounds; round++) {
    const isLast = round === rounds - 1
    eachToken(model, out, () => {
      out.setTag(tagOf(model, port, unit.layer))
      if (round === 0 && !stage.encodedBefore) {
        emitPrepare(model, unit, stage, out)
        if (rounds > 1) storeCounts(model, unit, countsRow(stage), counts, inputs, out)
      } else loadCounts(model, unit, countsRow(stage), counts, inputs, out)
      if (isLast && taker === 'heads') emitScale(model, unit, out)
      emitFireRound(model, unit, port, unit.layer, round, out, { counts: input })
      if (taker === 'hub') collectSums(model, unit, stage, round, out)
      if (isLast) emitFinish(model, unit, stage, stages[at + 1], out)
      else if (taker === 'heads') awaitStored(model, unit, round, out)
    })
  }
}

/** The rows of what some operators find there: of the residual vector, and of what the heads made. */
function loadInputs(model: ScheduledModel, unit: HubUnit, names: ReadonlySet<string>, out: ProgramBuilder): void {
  const { dim, heads, headDim } = model.model.config
  for (const name of names) {
    if (name === 'x') loadRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out)
    else loadRow(model, unit, HEADS_ROW, address(model, unit, name), heads * headDim, out)
  }
}

/** From the token's rows to the counts of a stage's inputs. */
function emitPrepare(model: ScheduledModel, unit: HubUnit, { linear, prepare }: Stage, out: ProgramBuilder): void {
  const { port, input } = linear
  if (prepare.length > 0) out.setTag(tagOf(model, prepare[0]!.tag, unit.layer))
  loadInputs(model, unit, inputsOf([...prepare, linear]), out)
  emitOperators(prepare, { model, unit, out })
  out.setTag(tagOf(model, port, unit.layer))
  emitQuantize(model, unit, port, address(model, unit, input), out)
}

/** From the sums of a stage, all there, to the token's rows. */
function emitFinish(model: ScheduledModel, unit: HubUnit, stage: Stage, next: Stage | undefined, out: ProgramBuilder): void {
  const { dim, heads, headDim } = model.model.config
  const { linear, finish } = stage
  const place = { model, unit, out }
  if (linear.taker === 'hub') {
    loadInputs(model, unit, inputsOf(finish, [linear.output]), out)
    emitSumsToReals(linear, place)
    emitOperators(finish, place)
  }
  if (stage.heads.length > 0) {
    const attended = stage.heads.find((operator) => operator.kind === 'attend')!.output
    out.emit('RECV', { sem: semaphore(planOf(model, unit), 'attention'), count: headsPackets(model) })
    storeRow(model, unit, HEADS_ROW, address(model, unit, attended), heads * headDim, out)
    return
  }
  if (next?.encodedBefore === true) {
    const { port, input, inputs } = next.linear
    out.setTag(tagOf(model, port, unit.layer))
    emitQuantize(model, unit, port, address(model, unit, input), out)
    storeCounts(model, unit, countsRow(next), address(model, unit, input), inputs, out)
  } else storeRow(model, unit, 'x', address(model, unit, 'x'), dim + 1, out)
  if (next === undefined) emitHandOn(model, unit, out)
}

/** Waits for the sums of a round; all but the last round's are put aside, and come back behind the last. */
function collectSums(model: ScheduledModel, unit: HubUnit, { linear }: Stage, round: number, out: ProgramBuilder): void {
  const { port, sums } = linear
  const rounds = roundsOf(model, port, unit.layer).length
  const buffer = address(model, unit, sums)
  const part = roundOutputs(model, port, unit.layer, round)
  const count = packetsFrom(model, roundTiles(model, port, unit.layer, round), [part])
  out.emit('RECV', { sem: semaphore(planOf(model, unit), `sums.${port}`), count })
  if (round < rounds - 1) {
    storeRow(model, unit, `sums.${round}`, buffer + part.begin, rangeLength(part), out)
    inPieces(rangeLength(part), (offset, len) => out.emit('VCLR', { dst: buffer + part.begin + offset, len }))
    return
  }
  for (let earlier = 0; earlier < round; earlier++) {
    const { begin, end } = roundOutputs(model, port, unit.layer, earlier)
    loadRow(model, unit, `sums.${earlier}`, buffer + begin, end - begin, out)
  }
}

/** Waits until the attention units have put a round's sums aside. */
function awaitStored(model: ScheduledModel, unit: HubUnit, round: number, out: ProgramBuilder): void {
  const units = attentionOf(model, unit.layer).filter((attention) => sumsParts(model, attention, round).length > 0)
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'stored'), count: units.length })
}
