import { packetFormat, wordsPerPacketTo } from '../../../sim/config/packet-format.js'
import { GATES_ADDRESS } from '../data.js'
import type { HubUnit, MatrixUnit } from '../ir.js'
import { GATES_SEMAPHORE } from '../plan.js'
import type { ScheduledModel } from '../plan.js'
import { address, coresOf, hubOf, packetsFrom, planOf, semaphore, signalTo, tagOf } from '../queries.js'
import { tilesOf } from '../rounds.js'
import { stagesOfLayer } from '../stages.js'
import type { Stage } from '../stages.js'
import { REGISTER } from './builder.js'
import type { ProgramBuilder } from './builder.js'
import { emitFire, emitQuantize, inPieces } from './encode.js'
import { emitTile } from './matrix.js'
import { emitOperators, emitSumsToReals } from './operators.js'

/**
 * Mixtures of experts. The spikes that went to the router go on to the tiles of the experts that it chose, one expert after
 * the other; nothing goes to the others. Where each tile has a core of its own, a silent expert's tiles go on waiting. Where
 * tiles share cores, these learn from one multicast of the shares which of their tiles have a turn, and fetch no weights for
 * the rest; each says so when it is through, because the next layer's shares come to the same place.
 */

/** The stages of a layer's experts: gate and up, and down. */
export function expertStages(model: ScheduledModel, layer: number): readonly Stage[] {
  return stagesOfLayer(model.model.config, layer).filter(({ linear }) => linear.isExpert === true)
}

/** All tiles of a layer's experts, in the order in which a token meets them. */
function expertTiles(model: ScheduledModel, layer: number): MatrixUnit[] {
  const stages = expertStages(model, layer)
  return expertNumbers(model).flatMap((expert) => stages.flatMap(({ linear }) => tilesOf(model, linear.port, layer, expert)))
}

function expertNumbers({ model }: ScheduledModel): number[] {
  return Array.from({ length: model.config.experts!.count }, (_, expert) => expert)
}

/** What the hub does with the experts of its layer, from the counts that the router had: x + g * expert for each chosen. */
export function emitExperts(model: ScheduledModel, unit: HubUnit, out: ProgramBuilder): void {
  const [first, second] = expertStages(model, unit.layer) as [Stage, Stage]
  const at = (name: string): number => address(model, unit, name)
  const cores = coresOf(model, expertTiles(model, unit.layer))
  const { count } = model.model.config.experts!
  if (model.shared) {
    out.setTag(tagOf(model, 'router', unit.layer))
    const route = out.route({ destinations: cores, address: GATES_ADDRESS, mode: 'write', semaphore: GATES_SEMAPHORE })
    out.emit('SENDV', { route, src: at('gates'), len: count })
  }
  for (const expert of expertNumbers(model)) {
    const silent = out.freshLabel('silentExpert')
    out.setTag(tagOf(model, first.linear.port, unit.layer))
    out.emit('LD', { rd: REGISTER.a, addr: at('gates') + expert, rs: REGISTER.zero })
    out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
    out.emit('LD', { rd: REGISTER.scale, addr: at('expertScale'), rs: REGISTER.zero })
    if (model.spec.sync.mode === 'barrier') emitCopy(model, at(first.linear.input), at('expertCounts'), out)
    emitLinear(model, unit, first, expert, out)
    out.setTag(tagOf(model, second.linear.port, unit.layer))
    emitQuantize(model, unit, second.linear.port, at(second.linear.input), out)
    emitLinear(model, unit, second, expert, out)
    out.place(silent)
  }
  if (!model.shared) return
  out.setTag(tagOf(model, 'router', unit.layer))
  out.emit('RECV', { sem: semaphore(planOf(model, unit), 'expertsOver'), count: cores.length })
}

/** Keeps the scale of the router's spikes for the experts, and the counts where time steps use them up. */
export function emitKeepCounts(model: ScheduledModel, unit: HubUnit, counts: string, out: ProgramBuilder): void {
  out.emit('ST', { rs: REGISTER.scale, addr: address(model, unit, 'expertScale'), rt: REGISTER.zero })
  if (model.spec.sync.mode === 'barrier') emitCopy(model, address(model, unit, 'expertCounts'), address(model, unit, counts), out)
}

function emitCopy(model: ScheduledModel, dst: number, src: number, out: ProgramBuilder): void {
  inPieces(model.model.config.dim, (offset, len) => out.emit('VCOPY', { dst: dst + offset, src: src + offset, len }))
}

/** Fires at one linear layer of an expert, waits for its sums, and does what the hub does with them. */
function emitLinear(model: ScheduledModel, unit: HubUnit, { linear, finish }: Stage, expert: number, out: ProgramBuilder): void {
  const { port, input, outputs } = linear
  emitFire(model, unit, port, unit.layer, out, { counts: input, expert })
  const count = packetsFrom(model, tilesOf(model, port, unit.layer, expert), [{ begin: 0, end: outputs }])
  out.emit('RECV', { sem: semaphore(planOf(model, unit), `sums.${port}`), count })
  emitSumsToReals(linear, { model, unit, out, expert })
  emitOperators(finish, { model, unit, out, expert })
}

/** The tiles of a layer's experts that share a core: each takes its train if its expert was chosen. */
export function emitExpertTiles(model: ScheduledModel, units: readonly MatrixUnit[], out: ProgramBuilder): void {
  if (!model.shared) {
    for (const unit of units) emitTile(model, unit, out)
    return
  }
  const { layer } = units[0]!
  const { network, core } = model.spec
  const perPacket = wordsPerPacketTo(coresOf(model, expertTiles(model, layer)).length, network, packetFormat(network, core.spikeTrain))
  out.setTag(tagOf(model, 'router', layer))
  out.emit('RECV', { sem: GATES_SEMAPHORE, count: Math.ceil(model.model.config.experts!.count / perPacket) })
  for (const unit of units) {
    const silent = out.freshLabel('silentExpert')
    out.setTag(tagOf(model, unit.linear, layer))
    out.emit('LD', { rd: REGISTER.a, addr: GATES_ADDRESS + unit.expert!, rs: REGISTER.zero })
    out.branch('BEQ', { rs: REGISTER.a, rt: REGISTER.zero }, silent)
    emitTile(model, unit, out)
    out.place(silent)
  }
  const hub = planOf(model, hubOf(model, layer))
  out.setTag(tagOf(model, 'router', layer))
  out.emit('SIGNAL', { route: out.route(signalTo(hub.core, semaphore(hub, 'expertsOver'))) })
}
