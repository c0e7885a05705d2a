import { RUNNING, WAIT_MEMORY } from './core.js'
import type { Core } from './core.js'
import { EventStretch } from './fifo.js'
import { chargeProgress } from './cost.js'
import type { Operation } from './kinds.js'
import { UNITS } from './units.js'

/**
 * How a CONSUME takes its events. Each has a cycle of its own, but a core is not stepped for each: `core.intake.nextAt` keeps
 * the cycle of the next one, and all whose cycle has come are taken in one go when somebody looks (a flit arrives that
 * may not fit, the core is stepped, a reader of its counters). It is stepped only in cycles in which something shows outside the core:
 *   - the FIFO is dry and the array idle: the train may be over;
 *   - an event leaves that frees a flit of the receive buffer, so a credit goes back;
 *   - an event that may pass an accumulator's width, or names no row: the run may end there;
 *   - with rows on demand, while more events wait than rows can be asked for: memory sees when the next is asked for.
 * Benchmark: bench/large-layer.ts.
 */

const ADDERS = UNITS.indexOf('adders')

/**
 * Stages an event passes besides the adders: axon lookup, row read, write-back. They overlap with the events that
 * follow, so only the last event of a CONSUME is seen to take them.
 */
export const ADDER_PIPELINE_CYCLES = 3

/**
 * Before a flit arrives or somebody reads: takes what the CONSUME in progress, if there is one, takes by the end of a
 * cycle. Returns the cycle of the last event, or the one since which its row is awaited; -1 if there was neither.
 */
export function catchUp(core: Core, cycle: number): number {
  if (core.intake.nextAt > cycle || core.fifo.count === 0) return -1
  takeUntil(core, cycle)
  const waits = core.fifo.count > 0 && core.intake.nextAt <= cycle
  core.state = waits ? WAIT_MEMORY : RUNNING
  return waits ? core.intake.nextAt : core.intake.lastAt
}

/**
 * Takes the events whose cycle is not past `cycle`. Those of a batch certainly fit the accumulators; the others are taken
 * one by one, each in a step of its own cycle, so that an error names it.
 * @throws SimulationError for an accumulator past its width, or an axon that the tile does not have
 */
export function takeUntil(core: Core, cycle: number): void {
  const { fifo } = core
  const table = core.program.b[core.pc]!
  while (fifo.count > 0 && core.intake.nextAt <= cycle) {
    if (takeDue(core, table, cycle)) continue
    const at = headCycle(core)
    if (at > cycle) break
    core.intake.lastAt = at
    const cycles = takeOne(core, table)
    spend(core, at + cycles, cycles)
  }
  releaseHeld(core)
}

/** The cycle in which the event at the FIFO's head is taken: the array is free, and its row, if there is one, is there. */
function headCycle(core: Core): number {
  const { fifo, streams, intake: { nextAt } } = core
  const hasRow = fifo.headAxon() < core.image.axonTable[core.program.b[core.pc]!]!.tile.inputs
  return streams.isActive && hasRow ? Math.max(nextAt, streams.arrivalOf(0)) : nextAt
}

/** Gives the credits of flits back whose events have all moved into the FIFO. */
function releaseHeld(core: Core): void {
  while (core.fifo.freeHeldFlit()) core.ports.releaseFlit(core.id)
}

/** Takes the events of a batch; false if there is none. */
function takeDue(core: Core, table: number, cycle: number): boolean {
  const { ahead } = core.intake
  let batch = ahead
  if (ahead.events === 0 || ahead.last > cycle) {
    batch = due
    due.begin(core.intake.nextAt)
    extend(core, table, due, core.fifo.count, cycle)
  }
  const { events, operations, magnitude } = batch
  if (events === 0) return false
  core.adders.addAll(table, core.fifo, core.fifo.head, events, magnitude)
  weigh(core, table, events)
  core.fifo.pop(events)
  if (core.streams.isActive) core.streams.taken(events)
  book(core, table, events, operations)
  spend(core, batch.at, batch.busy)
  core.intake.lastAt = batch.last
  if (batch === ahead || events >= ahead.events) ahead.begin(core.intake.nextAt)
  else ahead.shorten(batch)
  return true
}

/**
 * The next cycle, after all events were taken that could be, in which the CONSUME shows: see above. What was foreseen
 * is kept, so each event is looked at once, however many flits arrive meanwhile.
 */
export function nextVisible(core: Core): number {
  const { ahead } = core.intake
  if (core.streams.isActive && core.streams.isBehind(core)) {
    return core.intake.nextAt > core.ports.now() ? core.intake.nextAt : headCycle(core)
  }
  const stop = Math.min(core.fifo.count, core.fifo.eventsToRelease() - 1)
  if (ahead.events === 0 || ahead.events > stop) ahead.begin(core.intake.nextAt)
  extend(core, core.program.b[core.pc]!, ahead, stop, Infinity)
  return ahead.events === 0 && core.fifo.count > 0 ? headCycle(core) : ahead.at
}

/** A batch in the making: scratch of `takeDue`. */
const due = new EventStretch()

/**
 * Extends a stretch to event `stop` of the FIFO, to the first event that is taken past `cycle`, or to the first that is
 * not certain to be taken without an error, whichever comes first.
 */
function extend(core: Core, table: number, stretch: EventStretch, stop: number, cycle: number): void {
  const { fifo, adders } = core
  const { axons, lengths } = fifo
  const entry = core.image.axonTable[table]!
  const { inputs } = entry.tile
  const operation = adders.operations[table]!
  const isAddition = operation === 'addition'
  const room = adders.room(table)
  const least = adders.leastCycles(table)
  const slope = adders.cyclesPerSpike(table)
  const skipping = adders.rowsThatSkip(table)
  const rows = core.streams.isActive ? core.streams : undefined
  let { events, operations, magnitude, busy, last, at } = stretch
  for (let place = fifo.placeOf(events); events < stop; events++) {
    const start = rows === undefined ? at : Math.max(at, rows.arrivalOf(events))
    if (start > cycle) break
    const length = lengths[place]!
    const size = length < 0 ? -length : length
    if (axons[place]! >= inputs || magnitude + size > room) break
    const work = isAddition && size !== 0 ? size : operationsOf(operation, length)
    const cycles = skipping === undefined ? Math.max(least, work * slope) : skipping.cyclesOf(table, axons[place]!, work)
    magnitude += size
    operations += work
    busy += cycles
    last = start
    at = start + cycles
    if (++place === axons.length) place = 0
  }
  stretch.events = events
  stretch.operations = operations
  stretch.magnitude = magnitude
  stretch.busy = busy
  stretch.last = last
  stretch.at = at
}

/** The adder array is busy with what was taken, and free in cycle `until`. */
function spend(core: Core, until: number, cycles: number): void {
  core.intake.nextAt = until
  core.intake.drainedAt = until + ADDER_PIPELINE_CYCLES
  core.busyCycles[ADDERS]! += cycles
}

/**
 * Takes one event, adds it and books it; returns the cycles the adder array is busy with it.
 * @throws SimulationError as `takeUntil`
 */
export function takeOne(core: Core, table: number): number {
  const { fifo, adders } = core
  const length = fifo.headLength()
  checkAxon(core, table)
  const axon = fifo.headAxon()
  weigh(core, table, 1)
  fifo.pop(1)
  if (core.streams.isActive) core.streams.taken(1)
  releaseHeld(core)
  core.intake.ahead.begin(core.intake.nextAt)
  if (!adders.add(table, axon, length)) throw overflow(core)
  const operations = operationsOf(adders.operations[table]!, length)
  book(core, table, 1, operations)
  return adders.eventCycles(table, axon, operations)
}

/** What the next events cost by the weights of their rows that are not zero, where that makes a difference. */
function weigh({ adders, fifo }: Core, table: number, events: number): void {
  const { sparse } = adders
  if (sparse === undefined) return
  sparse.clear()
  const { axons, lengths } = fifo
  const operation = adders.operations[table]!
  for (let n = 0, place = fifo.head; n < events; n++) {
    sparse.weigh(table, axons[place]!, operationsOf(operation, lengths[place]!))
    if (++place === axons.length) place = 0
  }
}

/** @throws SimulationError if the tile has no row for the event at the FIFO's head */
export function checkAxon(core: Core, table: number): void {
  const axon = core.fifo.headAxon()
  const { inputs } = core.image.axonTable[table]!.tile
  if (axon < inputs) return
  throw core.error(`spike on axon ${axon}, but axon table entry ${table} has ${inputs} inputs (0..${inputs - 1})`)
}

/** Books events that were taken: counters do not depend on their cycles. */
function book(core: Core, table: number, events: number, operations: number): void {
  core.intake.operations += operations
  core.intake.events += events
  core.spikesConsumed += operations
  chargeProgress(core, core.program.op[core.pc]!, 0, core.kind.lookups(core, table, events))
  core.kind.bookEvents(core, table, events, operations)
}

/** Operations an event costs each output: a value of 0 is sent to be multiplied, or to say that a train was not empty. */
function operationsOf(operation: Operation, value: number): number {
  if (operation === 'multiplyAccumulate' || operation === 'levelAddition' || value === 0) return 1
  let rest = value < 0 ? -value : value
  if (operation !== 'shiftedAddition') return rest
  let bits = 0
  for (; rest > 0; rest >>= 1) bits += rest & 1
  return bits
}

/** An accumulator that is past its width. */
export function overflow(core: Core): Error {
  const at = core.adders.overflowed
  const bits = core.spec.accumulatorBits
  return core.error(
    `accumulator ${at} holds ${core.adders.accumulators[at]}, past its ${bits} bits ` +
      `(${-(2 ** (bits - 1))}..${2 ** (bits - 1) - 1}). Give core.accumulatorBits more bits, or set core.overflow to saturate`,
  )
}
