import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { disassembleWord, OPCODE } from '../../isa/index.js'
import type { Component, ComponentReport, Neighbours } from '../component.js'
import type { PathSource } from './arrival.js'
import {
  Core, HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_MEMORY, WAIT_SEMAPHORE, WAIT_SPIKES,
} from './core.js'
import { chargeIssue, unitIndex } from './cost.js'
import { execute } from './execute.js'
import { receiveFlit } from './receive.js'
import { catchUp } from './take.js'
import { UNITS } from './units.js'

const WORD_READ = ACTION_INDEX.dataWordRead
const WORD_WRITE = ACTION_INDEX.dataWordWrite
const SEQUENCER = UNITS.indexOf('sequencer')

const SPIKES = 0
const WORDS = 1
const SEMAPHORE = 2
const INJECTION = 3
const MEMORY = 4
const BARRIER = 5

/** A core as the chip sees it: a component that runs an ISA program. Its state is `Core`'s. */
export class IsaCore extends Core implements Component {
  /** When its current instruction was first tried. */
  private startedAt = 0
  private busyBefore = 0 // cycles of all units when it was
  private dataWords = 0 // moved before the step in progress
  private unit = SEQUENCER // that was busy last

  get endpoint(): number {
    return this.id
  }

  get name(): string {
    return `core ${this.id}`
  }

  get isDone(): boolean {
    return this.state === HALTED
  }

  step(): void {
    if (this.dataPorts.isBusy && this.stalls()) return
    if (this.state === WAIT_MEMORY) this.state = RUNNING
    const { ports, pc } = this
    const opcode = this.program.op[pc]!
    const isFirst = !this.issued
    if (isFirst) {
      this.tag = this.image.tags[pc]!
      this.tagBase = this.tag * ACTION_COUNT
      this.issued = true
      this.startedAt = ports.now()
      this.busyBefore = this.busyTotal()
      this.memoryWait = 0
      this.dataWords = this.dataWordsMoved()
      chargeIssue(this, opcode)
    } else this.dataWords = this.dataWordsMoved()
    let cycles = execute(this)
    if (cycles === 0) return
    const unit = unitIndex(opcode)
    const words = this.dataWordsMoved() - this.dataWords
    if (words > 0) cycles = this.dataPorts.begin(words, cycles, isFirst && unit !== SEQUENCER ? 1 : 0)
    this.unit = unit
    this.busyCycles[unit]! += cycles
    const until = ports.now() + cycles
    if (this.state !== HALTED) ports.schedule(this.id, until)
    if (this.phase !== 0) return
    this.issued = false
    const waited = until - this.startedAt - (this.busyTotal() - this.busyBefore)
    if (waited > 0) this.noteWait(opcode, waited, until)
    ports.executed(this.id, pc, opcode, this.tag, this.startedAt, until)
  }

  /** Words that the operator of the instruction in progress has read from data SRAM or written there, so far, on all cores. */
  private dataWordsMoved(): number {
    return this.counts[this.tagBase + WORD_READ]! + this.counts[this.tagBase + WORD_WRITE]!
  }

  /** True if what the unit did last is not over yet, because words that arrived took its ports: it goes on then. */
  private stalls(): boolean {
    const cycles = this.dataPorts.late()
    if (cycles === 0) return false
    this.busyCycles[this.unit]! += cycles
    this.ports.schedule(this.id, this.ports.now() + cycles)
    return true
  }

  /** Cycles of all units so far. Every unit but the adders is busy only while the core is stepped. */
  private busyTotal(): number {
    const { busyCycles } = this
    let total = 0
    for (let unit = 0; unit < busyCycles.length; unit++) total += busyCycles[unit]!
    return total
  }

  /** Books what an instruction waited: a part for memory if it did, the rest for what the instruction waits for. */
  private noteWait(opcode: number, waited: number, until: number): void {
    const { waits } = this
    const memory = Math.min(waited, this.memoryWait)
    if (memory > 0) waits.note(MEMORY, -1, -1, memory)
    const rest = waited - memory
    if (rest === 0) return
    if (opcode === OPCODE.RECV) {
      waits.note(waits.wasSignal ? SEMAPHORE : WORDS, waits.wordsFrom, waits.wordsTag, rest)
      waits.arrived({
        end: until, arrivedAt: waits.wordsAt, sentAt: waits.wordsSentAt, from: waits.wordsFrom, fromTag: waits.wordsTag,
        tag: this.tag, part: 'control', done: this.doneByPart(),
      })
    } else if (opcode === OPCODE.CONSUME) {
      waits.note(SPIKES, waits.spikesFrom, waits.spikesTag, rest)
      waits.arrived({
        end: until, arrivedAt: waits.spikesAt, sentAt: waits.spikesSentAt, from: waits.spikesFrom, fromTag: waits.spikesTag,
        tag: this.tag, part: 'adders', done: this.doneByPart(),
      })
    }
    if (opcode === OPCODE.RECV || opcode === OPCODE.CONSUME) return
    if (opcode === OPCODE.BARRIER) waits.note(BARRIER, -1, -1, rest)
    else waits.note(INJECTION, this.id, this.tag, rest)
  }

  private doneByPart(): number[] {
    const [sequencer, vector, adders, encoder, packetiser, memory] = this.busyCycles as unknown as number[]
    const { waits } = this
    return [
      sequencer!, vector!, adders!, encoder!, packetiser!, memory! + waits.waitedFor(MEMORY), waits.waitedFor(INJECTION),
      waits.waitedFor(BARRIER),
    ]
  }

  readonly path: PathSource = {
    parts: ['control', 'vector', 'adders', 'encoder', 'ports', 'memory', 'network', 'barrier'],
    core: this.id,
    arrivalBefore: (cycle) => {
      const { arrivals } = this.waits
      const at = arrivals.findLastIndex(({ end }) => end <= cycle)
      return { last: arrivals[at], next: arrivals[at + 1]?.done ?? this.doneByPart() }
    },
  }

  receive(packet: number, flit: number, isTail: boolean): boolean {
    return receiveFlit(this, packet, flit, isTail)
  }

  injected(): void {
    if (this.state === WAIT_INJECTION && this.ports.canInject(this.id, this.packetiser.flitsWanted)) this.wake()
  }

  passBarrier(): void {
    this.state = RUNNING
  }

  settle(cycle: number): number {
    return catchUp(this, cycle)
  }

  waitingFor(others: Neighbours): string | undefined {
    if (this.state === HALTED) return undefined
    const text = disassembleWord(this.image.program[this.pc]!).replace(/\s+/g, ' ')
    return `core ${this.id}${this.roleText()} at instruction ${this.pc} '${text}': waits for ${this.waitText(others)}`
  }

  increments(endpoint: number, semaphore: number): boolean {
    return this.image.routes.some((route) => route.semaphore === semaphore && route.destinations.includes(endpoint))
  }

  report(cycles: number): ComponentReport | undefined {
    if (this.program.op.length === 0) return undefined
    const busy = (unit: (typeof UNITS)[number]): number => this.busyCycles[UNITS.indexOf(unit)]!
    const total = this.busyCycles.reduce((sum, unit) => sum + unit, 0)
    return {
      core: {
        roles: [...this.image.roles],
        busyCycles: {
          adders: busy('adders'), vector: busy('vector'), encoder: busy('encoder'), packetiser: busy('packetiser'),
          control: busy('sequencer') + busy('memory'), waiting: Math.max(0, cycles - total),
        },
        spikesConsumed: this.spikesConsumed,
        waits: this.waits.rows(Math.max(0, cycles - total)),
        saturations: this.adders.saturations,
        spared: this.spared,
      },
    }
  }

  private waitText(others: Neighbours): string {
    switch (this.state) {
      case WAIT_SEMAPHORE: {
        const { semaphoreAwaited: semaphore, countAwaited } = this
        const senders = others.incrementersOf(this.endpoint, semaphore)
        return `semaphore ${semaphore} to reach ${countAwaited} (it is ${this.semaphores[semaphore]}), ${senders}`
      }
      case WAIT_SPIKES: return this.spikesMissing()
      case WAIT_INJECTION: return `room for ${this.packetiser.flitsWanted} flits in its injection queue`
      case WAIT_MEMORY: return 'external memory'
      case WAIT_BARRIER: return 'the barrier'
      default: return 'nothing: it runs'
    }
  }

  private spikesMissing(): string {
    const { markers, owed } = this.fifo
    const wanted = this.program.c[this.pc]!
    if (markers < wanted) {
      return `spikes: ${markers} of ${wanted} markers have come, ${this.intake.events} events were taken`
    }
    return `spikes: ${owed} events that the markers announced have not come`
  }
}
