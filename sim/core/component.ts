import { disassembleWord } from '../../isa/index.js'
import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import type { BarrierMember } from '../component.js'
import type { PacketStore } from '../packets.js'
import {
  Core, HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_MEMORY, WAIT_SEMAPHORE, WAIT_SPIKES,
} from './core.js'
import { chargeIssue, unitIndex } from './cost.js'
import { execute } from './execute.js'
import { receiveFlit } from './receive.js'
import { catchUp } from './take.js'
import type { TraceSink } from './trace.js'

const BARRIER_FLIT = ACTION_INDEX.barrierFlit

/** A core as a component: runs its program, an instruction or a step of one at a time. */
export class CoreComponent implements BarrierMember {
  readonly id: number
  readonly core: Core
  private trace: TraceSink | undefined
  private startedAt = 0 // when the current instruction was first tried
  private readonly store: PacketStore

  constructor(core: Core, store: PacketStore) {
    this.id = core.id
    this.core = core
    this.store = store
  }

  step(): void {
    const { core } = this
    if (core.state === WAIT_MEMORY || core.state === WAIT_BARRIER) core.state = RUNNING
    const now = core.ports.now()
    const pc = core.pc
    const opcode = core.program.op[pc]!
    if (!core.issued) {
      core.tag = core.image.tags[pc]!
      core.tagBase = core.tag * ACTION_COUNT
      core.issued = true
      this.startedAt = now
      chargeIssue(core, opcode)
    }
    const cycles = execute(core)
    if (cycles === 0) return
    core.busyCycles[unitIndex(opcode)]! += cycles
    if (core.state !== HALTED) core.ports.schedule(this.id, now + cycles)
    if (core.phase !== 0) return
    core.issued = false
    this.trace?.executed(this.id, pc, opcode, core.tag, this.startedAt, now + cycles)
  }

  receive(packet: number, flit: number, isTail: boolean): boolean {
    return receiveFlit(this.core, this.store, this.core.ports.format, packet, flit, isTail)
  }

  injected(): void {
    const { core } = this
    if (core.state === WAIT_INJECTION && core.ports.canInject(this.id, core.flitsWanted)) core.wake()
  }

  settle(cycle: number): number {
    return catchUp(this.core, cycle)
  }

  traceTo(sink: TraceSink): void {
    this.trace = sink
    this.startedAt = this.core.ports.now()
  }

  isDone(): boolean {
    return this.core.state === HALTED
  }

  get isAtBarrier(): boolean {
    return this.core.state === WAIT_BARRIER
  }

  passBarrier(flits: number): void {
    if (flits > 0) this.core.count(BARRIER_FLIT, flits)
    this.core.state = RUNNING
  }

  waitingFor(senders: (semaphore: number) => string): string | undefined {
    const { core } = this
    if (core.state === HALTED) return undefined
    const role = core.image.roles.length > 0 ? ` (${core.image.roles.join(', ')})` : ''
    const text = disassembleWord(core.image.program[core.pc]!).replace(/\s+/g, ' ')
    return `core ${core.id}${role} at instruction ${core.pc} '${text}': waits for ${waitOf(core, senders)}`
  }
}

function waitOf(core: Core, senders: (semaphore: number) => string): string {
  switch (core.state) {
    case WAIT_SEMAPHORE: {
      const { semaphoreAwaited: semaphore, countAwaited } = core
      return `semaphore ${semaphore} to reach ${countAwaited} (it is ${core.semaphores[semaphore]}), ${senders(semaphore)}`
    }
    case WAIT_SPIKES: return spikesMissing(core)
    case WAIT_INJECTION: return `room for ${core.flitsWanted} flits in its injection queue`
    case WAIT_MEMORY: return 'external memory'
    case WAIT_BARRIER: return 'the barrier'
    case RUNNING: return 'nothing: it runs'
    default: return 'an unknown state'
  }
}

function spikesMissing(core: Core): string {
  const { markers, owed } = core.fifo
  const wanted = core.program.c[core.pc]!
  if (markers < wanted) {
    return `spikes: ${markers} of ${wanted} markers have come, ${core.eventsTaken} events were taken`
  }
  return `spikes: ${owed} events that the markers announced have not come`
}
