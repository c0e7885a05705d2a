import { decode } from '../../isa/index.js'
import type { RouteEntry } from '../../sim/image.js'
import { graphFaults } from '../graph/check.js'
import { graphOf } from '../graph/model.js'
import type { LinearOperator } from '../graph/operators.js'
import type { PassName } from './choices.js'
import type { CompiledProgram } from './compile.js'
import { linearOf, rangeLength, unitName } from './ir.js'
import type { MatrixUnit } from './ir.js'
import type { CorePlan, ScheduledModel } from './plan.js'
import { tilesKey } from './rounds.js'

/**
 * What a program must be behind each pass, whatever the model and the chip. A fault is one of the compiler: tests hold
 * that there is none, and `spikeloom compile --dump` says so for the model at hand.
 */
export function faultsAfter(program: CompiledProgram, pass: PassName): string[] {
  const { scheduled } = program
  switch (pass) {
    case 'quantize': return graphFaults(graphOf(scheduled.model.config))
    case 'tile': return tileFaults(scheduled)
    case 'place': return placeFaults(scheduled)
    case 'schedule': return scheduled.plans.flatMap((plan) => planFaults(scheduled, plan))
    case 'emit': return signalFaults(program)
  }
}

/** Every weight of a linear layer lies in exactly one tile, and every tile fits the accumulators. */
function tileFaults({ model, spec, units }: ScheduledModel): string[] {
  const byLayer = new Map<string, MatrixUnit[]>()
  for (const unit of units) {
    if (unit.kind !== 'matrix') continue
    const key = tilesKey(unit)
    byLayer.set(key, [...byLayer.get(key) ?? [], unit])
  }
  const { embedding, layers, final } = graphOf(model.config)
  const linears = [embedding, ...final.operators].map((operator) => ({ operator, layer: -1 }))
  layers.forEach(({ operators }, layer) => linears.push(...operators.map((operator) => ({ operator, layer }))))
  return linears.flatMap(({ operator, layer }) => {
    if (operator.kind !== 'linear') return []
    const experts = operator.isExpert === true ? [...model.layers[layer]!.experts!.keys()] : [undefined]
    return experts.flatMap((expert) => matrixFaults(model, spec, operator, layer, expert, byLayer))
  })
}

function matrixFaults(
  model: ScheduledModel['model'], spec: ScheduledModel['spec'], operator: LinearOperator, layer: number, expert: number | undefined,
  byLayer: ReadonlyMap<string, readonly MatrixUnit[]>,
): string[] {
  const name = `${operator.port}${layer < 0 ? '' : ` of layer ${layer}`}${expert === undefined ? '' : `, expert ${expert}`}`
  const tiles = byLayer.get(tilesKey({ linear: operator.port, layer, expert })) ?? []
  const { inputs, outputs } = linearOf(model, operator.port, layer, expert)
  const area = tiles.reduce((sum, tile) => sum + rangeLength(tile.inputs) * rangeLength(tile.outputs), 0)
  const corners = new Set(tiles.map((tile) => `${tile.inputs.begin}/${tile.outputs.begin}`))
  return [
    ...(area === inputs * outputs && corners.size === tiles.length ? [] : [`the tiles of ${name} do not hold each weight once`]),
    ...tiles.filter((tile) => rangeLength(tile.outputs) > spec.core.accumulators).map((tile) => `${unitName(tile)} has more outputs than accumulators`),
  ]
}

/** Every unit has a core; a hub shares none with a tile. */
function placeFaults({ units, coreOf, cores }: ScheduledModel): string[] {
  const hubs = new Set(units.filter(({ kind }) => kind === 'hub' || kind === 'final').map(({ id }) => coreOf[id]!))
  return units.flatMap((unit) => {
    const core = coreOf[unit.id]!
    if (!(core >= 0 && core < cores)) return [`${unitName(unit)} has no core`]
    return unit.kind === 'matrix' && hubs.has(core) ? [`${unitName(unit)} shares core ${core} with a hub`] : []
  })
}

/** Every buffer and every tile fits its memory, and those that stay do not overlap. */
function planFaults({ spec, units }: ScheduledModel, plan: CorePlan): string[] {
  const where = `core ${plan.core}`
  const weightBytes = spec.core.weightSramKiB * 1024
  const buffers = plan.data.entries().map(({ name, address, words }) => ({ name, begin: address, end: address + words }))
  const tiles = plan.weights.filter(({ residence }) => residence !== 'streamed')
    .map(({ unit, address, bytes, residence }) => ({ name: unitName(units[unit]!), begin: address, end: address + bytes, residence }))
  const resident = tiles.filter(({ residence }) => residence === 'resident')
  return [
    ...buffers.filter(({ end }) => end > spec.core.dataSramKiB * 256).map(({ name }) => `${where}: ${name} ends past data SRAM`),
    ...tiles.filter(({ end }) => end > weightBytes).map(({ name }) => `${where}: ${name} ends past weight SRAM`),
    ...overlaps(buffers, where), ...overlaps(resident, where),
  ]
}

function overlaps(places: readonly { name: string; begin: number; end: number }[], where: string): string[] {
  const sorted = [...places].sort((a, b) => a.begin - b.begin)
  return sorted.flatMap((place, at) => (
    at > 0 && sorted[at - 1]!.end > place.begin ? [`${where}: ${place.name} overlaps ${sorted[at - 1]!.name}`] : []
  ))
}

/** Whatever a program waits for is sent by somebody, and what is sent to a core is waited for there, in its own buffers. */
function signalFaults({ image, scheduled }: CompiledProgram): string[] {
  const sent = new Set<string>()
  const waited = new Set<string>()
  const faults: string[] = []
  const send = ({ destinations, semaphore, address }: RouteEntry): void => {
    for (const core of destinations) {
      const plan = scheduled.plans[core]
      if (plan === undefined) continue // the host
      sent.add(`${core}/${semaphore}`)
      if (address > plan.data.words) faults.push(`core ${core}: words are sent past its buffers, to ${address}`)
    }
  }
  image.cores.forEach(({ program, routes }, core) => {
    for (const { mnemonic, operands } of Array.from(program, decode)) {
      if (mnemonic === 'RECV') waited.add(`${core}/${operands['sem']}`)
      if (mnemonic === 'SENDV' || mnemonic === 'SENDA' || mnemonic === 'SIGNAL') send(routes[operands['route']!]!)
    }
  })
  const { host } = image
  for (const route of [host?.flag, host?.input, host?.batch?.header]) if (route !== undefined) send(route)
  const named = (key: string): string => `core ${key.replace('/', ', semaphore ')}`
  for (const key of waited) if (!sent.has(key)) faults.push(`${named(key)}: nobody signals what is waited for`)
  for (const key of sent) if (!waited.has(key)) faults.push(`${named(key)}: nobody waits for what is sent`)
  return faults
}
