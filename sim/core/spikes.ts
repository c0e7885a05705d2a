import { ACTION_INDEX } from '../../isa/actions.js'
import { WAIT_SPIKES } from './core.js'
import type { Core } from './core.js'
import { ADDER_PIPELINE_CYCLES, checkAxon, nextVisible, overflow, takeOne, takeUntil } from './take.js'

/** CONSUME and WLOAD: spike trains into the accumulators, weight tiles into weight SRAM. */

const FIFO_POP = ACTION_INDEX.fifoPop
const WEIGHT_READ = ACTION_INDEX.weightWordRead
const WEIGHT_WRITE = ACTION_INDEX.weightWordWrite
const ACCUMULATOR_WRITE = ACTION_INDEX.accumulatorWrite

/** CONSUME rd, table, markers */
export function consume(core: Core, rd: number, table: number, markers: number): number {
  const fifo = core.fifo
  if (core.phase === 0) {
    if (!core.weights.holds(table)) {
      throw core.error(
        `the weight tile of axon table entry ${table} is not in weight SRAM: it shares bytes with another entry, ` +
          'so WLOAD it first',
      )
    }
    const loading = core.weights.ready(table) - core.ports.now()
    if (loading > 0) return core.waitForMemory(loading)
    core.phase = 1
    core.intake.begin()
    core.streams.begin(core, table)
    return 1 + preload(core, table)
  }
  if (core.streams.isActive && core.streams.isBehind(core)) return takeStreamed(core, table)
  if (takeBatch(core)) return 0
  if (!fifo.complete(markers)) {
    core.state = WAIT_SPIKES
    core.intake.nextAt = Infinity
    return 0
  }
  const announced = fifo.takeMarkers(markers)
  if (announced !== core.intake.events) {
    throw core.error(
      `took ${core.intake.events} events, but the ${markers === 1 ? 'marker' : `${markers} markers`} announced ${announced}: ` +
        'events of a later train arrived among them. The sender must wait (RECV) until a train was taken before it ' +
        'sends the next.',
    )
  }
  if (!core.adders.settle(table)) throw overflow(core)
  core.count(FIFO_POP, markers)
  core.streams.isActive = false
  core.intake.nextAt = Infinity
  if (rd !== 0) core.registers[rd] = core.intake.operations
  core.phase = 0
  core.pc++
  return Math.max(1, core.intake.drainedAt - core.ports.now()) + core.kind.bookEnd(core, table)
}

/** Takes what is due and schedules the next step that can be seen; false if the FIFO is dry and the array idle. */
function takeBatch(core: Core): boolean {
  const now = core.ports.now()
  if (core.intake.nextAt === Infinity) {
    core.intake.nextAt = now
    core.intake.ahead.begin(now)
  }
  if (core.streams.isActive) core.streams.request(core)
  takeUntil(core, now)
  if (core.fifo.count === 0 && core.intake.nextAt <= now) return false
  core.ports.schedule(core.id, nextVisible(core))
  return true
}

/** An event while more wait behind it than rows can be asked for: each that is taken makes room to ask for another. */
function takeStreamed(core: Core, table: number): number {
  core.intake.nextAt = Infinity
  checkAxon(core, table)
  core.streams.request(core)
  const late = core.streams.arrivalOf(0) - core.ports.now()
  if (late > 0) return core.waitForMemory(late)
  const cycles = takeOne(core, table)
  core.intake.drainedAt = core.ports.now() + cycles + ADDER_PIPELINE_CYCLES
  return cycles
}

/** Starts the accumulators of a binary train from its correction; returns the cycles that takes. */
function preload(core: Core, table: number): number {
  const entry = core.image.axonTable[table]!
  if (entry.preload === undefined) return 0
  const { outputs } = entry.tile
  const words = Math.ceil((outputs * core.spec.accumulatorBits) / core.spec.weightBankBits)
  core.adders.preload(table, entry.preload)
  core.count(WEIGHT_READ, words)
  core.count(ACCUMULATOR_WRITE, outputs)
  return Math.max(Math.ceil(words / core.spec.weightBanks), Math.ceil(outputs / core.spec.lanes))
}

/**
 * WLOAD table: starts the load and goes on; a CONSUME of the entry waits until it is complete. Of a tile whose rows are
 * kept, it only opens the place: what lay there is gone, and rows come when spikes ask for them.
 */
export function loadTile(core: Core, _rd: number, table: number): number {
  if (core.held.table === table) core.held.trains = 0
  if (core.image.axonTable[table]!.streamed === 'kept') {
    core.weights.load(table, core.ports.now())
    core.streams.open(table)
    core.pc++
    return 1
  }
  const words = core.adders.rowWords[table]! * core.image.axonTable[table]!.tile.inputs
  const bytes = Math.ceil((words * core.spec.weightBankBits) / 8)
  core.count(WEIGHT_WRITE, words)
  const writeCycles = Math.ceil(words / core.spec.weightBanks)
  const arrival = core.ports.transfer({ core: core.id, tag: core.tag, region: table, offset: 0, bytes, isWrite: false })
  core.weights.load(table, Math.max(arrival, core.ports.now() + writeCycles))
  core.pc++
  return 1
}
