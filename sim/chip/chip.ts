import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { decodeProgram, IsaError } from '../../isa/index.js'
import type { DecodedProgram } from '../../isa/index.js'
import { Core, HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_MEMORY } from '../core/core.js'
import { checkImage, checkImageWeights } from '../core/check.js'
import { chargeIssue, unitIndex } from '../core/cost.js'
import { execute } from '../core/execute.js'
import { catchUp } from '../core/take.js'
import { SpikeSampler } from '../core/sampler.js'
import type { TimingWheel } from '../engine/wheel.js'
import { InputError, SimulationError } from '../errors.js'
import { linksOf } from '../fabric/index.js'
import type { MachineImage } from '../image.js'
import { loadKernelMemory } from '../kernels/memory.js'
import type { KernelMemory } from '../kernels/memory.js'
import type { Network } from '../network/index.js'
import { PACKET_WORDS } from '../packets.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { ActivityProfile } from './activity-profile.js'
import { deadlockMessage, stateMessage } from './deadlock.js'
import type { DramCounts } from './dram.js'
import { BatchHost } from './batch-host.js'
import { PipelineHost } from './host.js'
import type { Choose, Host } from './host.js'
import { SectionHost } from './section-host.js'
import type { OnOutput, SectionToken } from './section-host.js'
import { countsByAction } from './measure.js'
import { ChipPorts } from './ports.js'
import type { SpikeActivity } from './ports.js'
import { receiveFlit, storeWords } from './receive.js'
import type { TraceSink } from './trace.js'

export type { SpikeActivity } from './ports.js'

const BARRIER_FLIT = ACTION_INDEX.barrierFlit

/** How plain programs are run. */
export interface ProgramRunOptions {
  /** Cycles after which a run that has not ended is an error. Default: none. */
  readonly cycleLimit?: number
  /** Cores that serve others for ever, and may wait at the end. */
  readonly servers?: readonly number[]
}

export interface ChipOptions {
  /**
   * Who adds weight rows: `simd`, WebAssembly kernels, or `plain` code. The same bits; what does not fit the kernels'
   * 4 GiB, or an engine without them, is run plain. Default simd.
   */
  readonly kernels?: 'simd' | 'plain'
}

/** Cycles without any flit moving, while nothing else can happen, after which the network is stuck. */
const STUCK_CYCLES = 10_000

/**
 * The chip: cores, network, memory and host, wired together, and the run loop. One cycle: first the
 * components scheduled for it, in the order of their ids, the host last; then one network cycle; then what it delivered.
 */
export class Chip {
  readonly spec: ChipSpec
  readonly image: MachineImage
  readonly cores: Core[] = []
  readonly network: Network
  /** Counts by tag and action: counts[tag * ACTION_COUNT + action]. */
  readonly counts: Float64Array
  readonly activity: readonly SpikeActivity[]
  /** Weights and accumulators where the SIMD kernels reach them; undefined where plain code adds. */
  readonly memory: KernelMemory | undefined
  /** Barriers passed. */
  barriers = 0
  /** The cycle at which the host had its last logits; what comes behind it is not the model's work. */
  finishedAt = 0

  /** What happened when, for power over time. */
  readonly profile = new ActivityProfile()

  private readonly ports: ChipPorts
  private readonly wheel: TimingWheel
  private trace: TraceSink | undefined
  private readonly startedAt: Float64Array // by core, when its current instruction was first tried
  private host: Host | undefined
  private stepped = -1 // the component that is stepped, or was last

  /**
   * @param image what the cores are loaded with
   * @param seed of the choices that routing leaves open
   * @throws InputError if the image does not fit the chip, or refers to something that is not there
   */
  constructor(spec: ChipSpec, image: MachineImage, seed: number, { kernels = 'simd' }: ChipOptions = {}) {
    this.spec = spec
    this.image = image
    const programs = image.cores.map((core, id) => decoded(core.program, id))
    checkImage(image, programs, spec)
    this.memory = kernels === 'simd' ? loadKernelMemory(image.cores, spec.core.accumulators) : undefined
    checkImageWeights(image, this.memory?.checked ?? new Set())
    this.ports = new ChipPorts(spec, image, seed)
    this.wheel = this.ports.wheel
    this.network = this.ports.network
    this.counts = this.ports.counts
    this.activity = this.ports.activity
    this.startedAt = new Float64Array(image.cores.length)
    image.cores.forEach((coreImage, id) => {
      const batch = this.memory?.batches[id]
      const core = new Core(id, spec, coreImage, programs[id]!, this.ports, this.counts, batch)
      if (image.draws !== undefined) core.sampler = new SpikeSampler(image.draws, id)
      this.cores.push(core)
      if (core.state !== HALTED) this.wheel.push(id, 1)
    })
  }

  /** The current cycle. */
  now(): number {
    return this.wheel.now
  }

  /**
   * Runs plain programs, without a host, until nothing happens any more. Returns the last cycle simulated.
   * @throws SimulationError if a core that is not a server has not halted, a packet is stuck, or the limit is reached
   */
  runPrograms({ cycleLimit = Infinity, servers = [] }: ProgramRunOptions = {}): number {
    this.run(cycleLimit)
    const waiting = this.cores.some((core) => core.state !== HALTED && !servers.includes(core.id))
    if (waiting || this.network.busy) throw new SimulationError(deadlockMessage(this, undefined))
    this.finishedAt = this.wheel.now
    return this.finishedAt
  }

  /**
   * Runs the model: the host feeds the prompt and `generate` further tokens.
   * @throws SimulationError on a deadlock, naming what every component waits for
   */
  runTokens(prompt: readonly number[], generate: number, choose: Choose): Host {
    const plan = this.ports.plan()
    if (plan.batch !== undefined) return this.runSequences([prompt], generate, choose)
    return this.runHost(new PipelineHost(plan, this.ports, prompt, generate, this.settled(choose)))
  }

  /**
   * Runs several sequences at once, on a program that has batches: each generates as many tokens.
   * @throws InputError if the program was compiled for fewer sequences
   * @throws SimulationError on a deadlock
   */
  runSequences(prompts: readonly (readonly number[])[], generate: number, choose: Choose): Host {
    const plan = this.ports.plan()
    const room = plan.batch?.sequences ?? 1
    if (plan.batch === undefined || prompts.length > room) {
      throw new InputError(`${prompts.length} sequences, but the program was compiled for ${room}: compile it with sequences ${prompts.length}`)
    }
    return this.runHost(new BatchHost(plan, this.ports, prompts, generate, this.settled(choose)))
  }

  /**
   * Runs a program of some layers only: the host hands it tokens whose input is known, one after the other.
   * @throws SimulationError on a deadlock
   */
  runSection(tokens: readonly SectionToken[], onOutput: OnOutput): Host {
    const plan = this.ports.plan()
    return this.runHost(new SectionHost(plan, this.ports, tokens, plan.endsWithHead, this.settled(onOutput)))
  }

  /** A function of the caller's that finds every core as it is in this cycle. */
  private settled<Arguments extends unknown[], Result>(call: (...given: Arguments) => Result): (...given: Arguments) => Result {
    return (...given) => {
      this.settle(this.wheel.now)
      return call(...given)
    }
  }

  private runHost(host: Host): Host {
    this.host = host
    this.wheel.push(this.cores.length, 1)
    this.run(Infinity)
    this.finishedAt = host.timings.at(-1)?.endCycle ?? 0
    if (!host.done) throw new SimulationError(deadlockMessage(this, host))
    return host
  }

  /** Reports every instruction to a sink from now on. */
  traceTo(sink: TraceSink): void {
    this.trace = sink
    sink.begin(this.image.tags, this.image.cores.map((core) => core.roles))
    this.startedAt.fill(this.wheel.now)
  }

  /** Lets cores catch up with the cycle, before somebody looks at them. Returns the last cycle that did something. */
  private settle(cycle: number): number {
    let last = this.wheel.now
    for (const core of this.cores) last = Math.max(last, catchUp(core, cycle))
    return last
  }

  private run(cycleLimit: number): void {
    try {
      this.loop(cycleLimit)
    } catch (error) {
      for (const core of this.cores) {
        if (core.id !== this.stepped) catchUp(core, core.id < this.stepped ? this.wheel.now : this.wheel.now - 1)
      }
      throw error
    }
  }

  private loop(cycleLimit: number): void {
    const { wheel, network } = this
    let quietSince = 0
    let hopsBefore = -1
    for (;;) {
      let cycle = network.busy ? wheel.now + 1 : wheel.nextCycle()
      if (cycle < 0) {
        if (!this.releaseBarrier()) return
        cycle = wheel.nextCycle()
      }
      if (cycle > cycleLimit) {
        wheel.advance(this.settle(cycleLimit))
        throw new SimulationError(
          stateMessage(this, this.host, `the run has not ended in ${cycleLimit} cycles, its limit`),
        )
      }
      while (cycle > this.profile.endsAt) this.closeBin()
      wheel.advance(cycle)
      if (network.cycle !== cycle) network.skipTo(cycle)
      for (let id = wheel.pop(); id >= 0; id = wheel.pop()) this.step(id)
      if (!network.busy) continue
      network.step()
      this.deliver()
      if (network.flitHops !== hopsBefore || wheel.size > 0 || network.deliveredCount > 0) {
        hopsBefore = network.flitHops
        quietSince = cycle
      } else if (cycle - quietSince > STUCK_CYCLES) return
    }
  }

  /** What external memory did so far. */
  dramCounts(): DramCounts {
    return this.ports.dramCounts()
  }

  /** Ends a bin of the profile, in which every core has done what it does by the bin's end. */
  private closeBin(): void {
    this.settle(this.profile.endsAt)
    this.profile.close(countsByAction(this))
  }

  private step(id: number): void {
    this.stepped = id
    if (id === this.cores.length) {
      this.host!.step()
      return
    }
    const core = this.cores[id]!
    if (core.state === WAIT_MEMORY) core.state = RUNNING
    const pc = core.pc
    const opcode = core.program.op[pc]!
    if (!core.issued) {
      core.tag = core.image.tags[pc]!
      core.tagBase = core.tag * ACTION_COUNT
      core.issued = true
      this.startedAt[id] = this.wheel.now
      chargeIssue(core, opcode)
    }
    const cycles = execute(core)
    if (cycles === 0) return
    core.busyCycles[unitIndex(opcode)]! += cycles
    if (core.state !== HALTED) this.wheel.push(id, this.wheel.now + cycles)
    if (core.phase !== 0) return
    core.issued = false
    this.trace?.executed(id, pc, opcode, core.tag, this.startedAt[id]!, this.wheel.now + cycles)
  }

  private deliver(): void {
    const { network, store, format, hostEndpoint } = this.ports
    for (let i = 0; i < network.deliveredCount; i++) {
      const endpoint = network.deliveredEndpoint[i]!
      const packet = network.deliveredPacket[i]!
      const flit = network.deliveredFlit[i]!
      const isTail = flit === store.tail[packet]
      if (endpoint === hostEndpoint) {
        this.deliverToHost(packet, flit, isTail)
        network.release(endpoint, 1)
        continue
      }
      const core = this.cores[endpoint]!
      if (receiveFlit(core, store, format, packet, flit, isTail)) network.release(endpoint, 1)
    }
    for (let i = 0; i < network.injectedCount; i++) {
      const core = this.cores[network.injectedEndpoint[i]!]
      if (core !== undefined && core.state === WAIT_INJECTION && this.ports.canInject(core.id, core.flitsWanted)) core.wake()
    }
  }

  private deliverToHost(packet: number, flit: number, isTail: boolean): void {
    const { store, format } = this.ports
    if (store.kind[packet] === PACKET_WORDS && flit > 0) storeWords(this.host!.data, store, format, packet, flit)
    if (isTail) this.host!.post(store.semaphore[packet]!)
  }

  /** The time-step wave: when all is quiet and cores wait at a barrier, lets them go. False if none does. */
  private releaseBarrier(): boolean {
    if (this.ports.atBarrier === 0) return false
    const { fabric } = this.network.routers
    const { barrierCycles, barrierCyclesPerHop } = this.spec.sync
    const { diameter } = fabric
    const go = this.wheel.now + Math.max(1, barrierCycles + 2 * diameter * barrierCyclesPerHop)
    const flits = linksOf(fabric.wiring).length // a flit each way over every link
    let counted = false
    for (const core of this.cores) {
      if (core.state !== WAIT_BARRIER) continue
      if (!counted) core.count(BARRIER_FLIT, flits)
      counted = true
      core.state = RUNNING
      this.wheel.push(core.id, go)
    }
    this.ports.atBarrier = 0
    this.barriers++
    return true
  }
}

function decoded(words: BigUint64Array, core: number): DecodedProgram {
  try {
    return decodeProgram(words)
  } catch (error) {
    if (error instanceof IsaError) throw new InputError(`core ${core}: ${error.message}`)
    throw error
  }
}
