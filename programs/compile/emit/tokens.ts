import type { HubUnit } from '../ir.js'
import type { ScheduledModel } from '../plan.js'
import { address, packetsFor, packetsFrom, planOf, semaphore, tagOf } from '../queries.js'
import { tilesOf } from '../rounds.js'
import { stagesOfLayer } from '../stages.js'
import type { Stage } from '../stages.js'
import type { ProgramBuilder } from './builder.js'
import { emitFire, emitQuantize } from './encode.js'
import { emitExperts, emitKeepCounts } from './experts.js'
import { emitHandOn, emitScale, emitTake } from './hub.js'
import { emitOperators, emitSumsToReals } from './operators.js'

/**
 * The schedule of tokens that follow each other through the layers. A hub's program has a part before each of its stages
 * and one behind the last; on shared cores the parts of the layer's other units stand between them.
 */

/** Part `at` of a hub: takes the sums of the stage before, if there is one, and fires the next one's, if there is one. */
export function emitHubPart(model: ScheduledModel, unit: HubUnit, at: number, out: ProgramBuilder): void {
  const stages = stagesOfLayer(model.model.config, unit.layer)
  const [before, stage] = [stages[at - 1], stages[at]]
  if (before === undefined) emitTake(model, unit, out)
  else if (before.heads.length > 0) emitAwaitHeads(model, unit, stage ?? before, out)
  else {
    emitCollect(model, unit, before, out)
    emitOperators(before.finish, { model, unit, out })
  }
  if (stage?.linear.isExpert === true) emitExperts(model, unit, out)
  if (stage === undefined || stage.linear.isExpert === true) {
    emitHandOn(model, unit, out)
    return
  }
  const { port, input, taker } = stage.linear
  emitOperators(stage.prepare, { model, unit, out })
  out.setTag(tagOf(model, port, unit.layer))
  emitQuantize(model, unit, port, address(model, unit, input), out)
  if (taker === 'heads') emitScale(model, unit, out)
  if (port === 'router') emitKeepCounts(model, unit, input, out)
  emitFire(model, unit, port, unit.layer, out, { counts: input })
}

/** Between the tiles and the heads of a stage whose sums the hub takes: makes of them what the heads get. */
export function emitHandOut(model: ScheduledModel, unit: HubUnit, stage: Stage, out: ProgramBuilder): void {
  emitCollect(model, unit, stage, out)
  emitOperators(stage.finish, { model, unit, out })
}

/** Waits for what the heads made: that is counted under what fires next. */
function emitAwaitHeads(model: ScheduledModel, unit: HubUnit, next: Stage, out: ProgramBuilder): void {
  out.setTag(tagOf(model, next.linear.port, unit.layer))
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'attention'), count: headsPackets(model) })
}

/** Waits for all sums of a stage. */
function emitCollect(model: ScheduledModel, unit: HubUnit, { linear }: Stage, out: ProgramBuilder): void {
  const { port, outputs } = linear
  const plan = planOf(model, unit)
  out.setTag(tagOf(model, port, unit.layer))
  const count = packetsFrom(model, tilesOf(model, port, unit.layer), [{ begin: 0, end: outputs }])
  out.emit('RECV', { sem: semaphore(plan, `sums.${port}`), count })
  emitSumsToReals(linear, { model, unit, out })
}

/** Packets that the heads of a layer send their hub for a token. */
export function headsPackets(model: ScheduledModel): number {
  const { heads, kvHeads, headDim } = model.model.config
  return packetsFor(model, (heads / kvHeads) * headDim) * kvHeads
}
