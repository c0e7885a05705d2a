import { disassemble } from '../../isa/index.js'
import type { PassName } from './choices.js'
import { stagesOfLayer } from './stages.js'
import type { CompiledProgram } from './compile.js'
import { faultsAfter } from './check.js'
import { linearOf, rangeLength, unitName } from './ir.js'
import type { WeightPlace } from './ir.js'
import { tileBytes } from './tile.js'

/**
 * What the compiler decided, for people: one text per pass, and a listing per core that starts with what
 * the core holds and ends with its program.
 */

/** The core's data buffers, semaphores, weights, routes and program. */
export function coreListing(program: CompiledProgram, core: number): string {
  const plan = program.scheduled.plans[core]!
  const image = program.image.cores[core]!
  const lines = [`; core ${core}`, ...image.roles.map((role) => `;   ${role}`), ';']
  for (const { name, address, words } of plan.data.entries()) {
    lines.push(`; data ${String(address).padStart(6)} .. ${String(address + words - 1).padStart(6)}  ${name}`)
  }
  for (const [name, index] of plan.semaphores) lines.push(`; semaphore ${String(index).padStart(2)}  ${name}`)
  for (const place of plan.weights) {
    const unit = program.scheduled.units[place.unit]!
    lines.push(`; axon table ${place.table}  ${unitName(unit)}: ${place.bytes} bytes at ${place.address}` +
      `${place.residence === 'resident' ? '' : `, ${comes(place.residence)} for every ${program.scheduled.batch > 1 ? 'batch' : 'token'}`}`)
  }
  image.routes.forEach((route, index) => {
    lines.push(`; route ${String(index).padStart(3)}  to ${route.destinations.join(',')}  address ${route.address}  ${route.mode}` +
      `  semaphore ${route.semaphore}`)
  })
  return `${lines.join('\n')}\n\n${disassemble(image.program)}`
}

function comes(residence: Exclude<WeightPlace['residence'], 'resident'>): string {
  return residence === 'kept' ? 'rows fetched once' : residence
}

/** What one pass hands on, and whether it is what it must be. */
export function dumpPass(program: CompiledProgram, pass: PassName): string {
  const faults = faultsAfter(program, pass)
  const check = faults.length === 0 ? ['check: nothing wrong'] : faults.map((fault) => `fault: ${fault}`)
  return [dumped(program, pass), ...check].join('\n')
}

function dumped(program: CompiledProgram, pass: PassName): string {
  switch (pass) {
    case 'quantize': return dumpQuantize(program)
    case 'tile': return dumpUnits(program, false)
    case 'place': return dumpUnits(program, true)
    case 'schedule': return dumpSchedule(program)
    case 'emit': return program.image.cores.map((_, core) => coreListing(program, core)).join('\n\n')
  }
}

function dumpQuantize({ scheduled }: CompiledProgram): string {
  const { model } = scheduled
  const rows = (['embedding', 'head'] as const).map((kind) => ({ kind, layer: -1 }))
  const layers = model.layers.flatMap((_, layer) => stagesOfLayer(model.config, layer).map(({ linear }) => ({ kind: linear.port, layer })))
  return [...rows, ...layers].map(({ kind, layer }) => {
    const linear = linearOf(model, kind, layer)
    return `${kind}${layer < 0 ? '' : ` of layer ${layer}`}: ${linear.inputs} x ${linear.outputs}, ${linear.bits} bits`
  }).join('\n')
}

function dumpUnits({ scheduled }: CompiledProgram, placed: boolean): string {
  const { units, coreOf, model, spec, notes } = scheduled
  const lines = units.map((unit) => {
    const where = placed ? `core ${String(coreOf[unit.id]).padStart(3)}  ` : ''
    if (unit.kind !== 'matrix') return `${where}${unitName(unit)}`
    const bytes = tileBytes(spec, rangeLength(unit.inputs), rangeLength(unit.outputs), linearOf(model, unit.linear, unit.layer, unit.expert).bits)
    return `${where}${unitName(unit)}: ${bytes} bytes`
  })
  return [...lines, ...notes.map((note) => `note: ${note}`)].join('\n')
}

function dumpSchedule({ scheduled, image }: CompiledProgram): string {
  return scheduled.plans.filter((plan) => plan.units.length > 0).map((plan) => {
    const weights = plan.weights.reduce((sum, place) => sum + place.bytes, 0)
    return `core ${plan.core}: ${plan.units.length} units, ${plan.data.words * 4} bytes of data, ${weights} bytes of weights, ` +
      `${plan.semaphores.size} semaphores, ${image.cores[plan.core]!.routes.length} routes, ${image.cores[plan.core]!.program.length} instructions`
  }).join('\n')
}
