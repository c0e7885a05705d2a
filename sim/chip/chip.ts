import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { NO_ENDPOINT } from '../component.js'
import type { Component } from '../component.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { fabricDescription } from '../config/fabric.js'
import { coreCount } from '../config/size.js'
import type { Core } from '../core/core.js'
import type { TimingWheel } from '../engine/wheel.js'
import { InputError, SimulationError } from '../errors.js'
import { linksOf } from '../fabric/index.js'
import type { HostPlan, MachineImage } from '../image.js'
import type { KernelMemory } from '../kernels/memory.js'
import type { Network } from '../network/index.js'
import { ActivityProfile } from './activity-profile.js'
import { BatchHost } from './batch-host.js'
import { buildAttached, buildCores, loadImage } from './build.js'
import { deadlockMessage, stateMessage } from './deadlock.js'
import { PipelineHost } from './host.js'
import type { Choose, Host } from './host.js'
import { HostPort } from './host-port.js'
import { countsByAction } from './measure.js'
import { ChipPorts } from './ports.js'
import type { SpikeActivity } from './ports.js'
import { placesOf, spikesByPlace } from './spike-places.js'
import type { Places } from './spike-places.js'
import { SectionHost } from './section-host.js'
import { Tracing } from './tracing.js'
import type { OnOutput, SectionToken } from './section-host.js'
import type { TraceSink } from '../core/trace.js'

export type { SpikeActivity } from './ports.js'

const BARRIER_FLIT = ACTION_INDEX.barrierFlit

/** How plain programs are run. */
export interface ProgramRunOptions {
  /** Cycles after which a run that has not ended is an error. Default `PROGRAM_CYCLE_LIMIT`. */
  readonly cycleLimit?: number
  /** Cores that serve others for ever, and may wait at the end. */
  readonly servers?: readonly number[]
}

/** Cycles that plain programs get unless told: a program that loops for ever ends with an error, not with patience. */
export const PROGRAM_CYCLE_LIMIT = 100_000_000

/** How a run with a host is bounded. */
export interface HostRunOptions {
  /** Cycles after which a run that has not ended is an error. Default: none, as a compiled program ends. */
  readonly cycleLimit?: number
}

export interface ChipOptions {
  /**
   * Who adds weight rows and simulates routers: `simd`, WebAssembly kernels, or `plain` code. The same bits; what does not fit the kernels'
   * 4 GiB, or an engine without them, is run plain. Default simd.
   */
  readonly kernels?: 'simd' | 'plain'
}

/** Cycles without any flit moving, while nothing else can happen, after which the network is stuck. */
const STUCK_CYCLES = 10_000

/**
 * The chip: components and the network between them, and the run loop. One cycle: first the components scheduled for it, in
 * the order of their ids (cores, then what is attached to the fabric beside them: the host first); then one network
 * cycle; then what it delivered.
 */
export class Chip {
  readonly spec: ChipSpec
  readonly image: MachineImage
  /** For who looks inside cores: tests and examples. The chip itself knows them as components. */
  readonly cores: readonly Core[]
  /** What stands on the chip: cores, what is attached beside them, and from its run on the host. */
  readonly components: Component[]
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
  readonly profile = new ActivityProfile(ACTION_COUNT)
  /** Spikes taken by the cores of each place, when. */
  readonly spikeProfile: ActivityProfile
  readonly places: Places

  /** The host of the run in progress. */
  feeder: Host | undefined

  private readonly ports: ChipPorts
  private readonly wheel: TimingWheel
  private readonly byId: Component[]
  private readonly byEndpoint: Component[]
  private stepped = -1 // the component that is stepped, or was last

  /**
   * @param image what the cores are loaded with
   * @param seed of the choices that routing leaves open
   * @throws InputError if the image does not fit the chip, or refers to something that is not there
   */
  constructor(spec: ChipSpec, image: MachineImage, seed: number, { kernels = 'simd' }: ChipOptions = {}) {
    this.spec = spec
    this.image = image
    this.places = placesOf(spec)
    this.spikeProfile = new ActivityProfile(this.places.columns * this.places.rows)
    const loaded = loadImage(spec, image, kernels)
    this.memory = loaded.memory
    const attached = fabricDescription(spec).attached.length
    this.ports = new ChipPorts(spec, image, image.cores.length + attached, seed, kernels === 'plain' ? 'plain' : 'wasm')
    this.wheel = this.ports.wheel
    this.network = this.ports.network
    this.counts = this.ports.counts
    this.activity = this.ports.activity
    const cores = buildCores(spec, image, loaded, this.ports)
    this.cores = cores
    this.components = []
    this.byId = Array.from({ length: cores.length + attached + 1 })
    this.byEndpoint = Array.from({ length: coreCount(spec) + attached })
    for (const component of [...cores, ...buildAttached(spec, image, this.ports), this.ports.dram]) this.stand(component)
  }

  /** Gives a component its place. */
  private stand(component: Component): void {
    this.components.push(component)
    this.byId[component.id] = component
    if (component.endpoint !== NO_ENDPOINT) this.byEndpoint[component.endpoint] = component
    if (!component.isDone) this.wheel.push(component.id, this.wheel.now + 1)
  }

  /** The current cycle. */
  now(): number {
    return this.wheel.now
  }

  /**
   * Runs plain programs, without a host, until nothing happens any more. Returns the last cycle simulated.
   * @throws InputError for a limit that is not a whole number of cycles
   * @throws SimulationError if a core that is not a server has not halted, a packet is stuck, or the limit is reached
   */
  runPrograms({ cycleLimit = PROGRAM_CYCLE_LIMIT, servers = [] }: ProgramRunOptions = {}): number {
    checkLimit(cycleLimit)
    this.run(cycleLimit)
    const waiting = this.components.some(({ id, isDone }) => !isDone && !servers.includes(id))
    if (waiting || this.network.busy) throw new SimulationError(deadlockMessage(this))
    this.finishedAt = this.wheel.now
    return this.finishedAt
  }

  /**
   * Runs the model: the host feeds the prompt and `generate` further tokens.
   * @throws SimulationError on a deadlock, naming what every component waits for
   */
  runTokens(prompt: readonly number[], generate: number, choose: Choose, options: HostRunOptions = {}): Host {
    const plan = this.plan()
    if (plan.batch !== undefined) return this.runSequences([prompt], generate, choose, options)
    return this.runHost(new PipelineHost(plan, this.hostPort(plan), prompt, generate, this.settled(choose)), options)
  }

  /**
   * Runs several sequences at once, on a program that has batches: each generates as many tokens.
   * @throws InputError if the program was compiled for fewer sequences
   * @throws SimulationError on a deadlock
   */
  runSequences(
    prompts: readonly (readonly number[])[], generate: number, choose: Choose, options: HostRunOptions = {},
  ): Host {
    const plan = this.plan()
    const room = plan.batch?.sequences ?? 1
    if (plan.batch === undefined || prompts.length > room) {
      throw new InputError(`${prompts.length} sequences, but the program was compiled for ${room}: compile it with sequences ${prompts.length}`)
    }
    return this.runHost(new BatchHost(plan, this.hostPort(plan), prompts, generate, this.settled(choose)), options)
  }

  /**
   * Runs a program of some layers only: the host hands it tokens whose input is known, one after the other.
   * @throws SimulationError on a deadlock
   */
  runSection(tokens: readonly SectionToken[], onOutput: OnOutput, options: HostRunOptions = {}): Host {
    const plan = this.plan()
    return this.runHost(new SectionHost(plan, this.hostPort(plan), tokens, plan.endsWithHead, this.settled(onOutput)), options)
  }

  /** A function of the caller's that finds every core as it is in this cycle. */
  private settled<Arguments extends unknown[], Result>(call: (...given: Arguments) => Result): (...given: Arguments) => Result {
    return (...given) => {
      this.settle(this.wheel.now)
      return call(...given)
    }
  }

  /** The image's host plan. @throws InputError if it has none */
  private plan(): HostPlan {
    if (this.image.host === undefined) throw new InputError('the image has no host plan: run it with runPrograms')
    return this.image.host
  }

  private hostPort(plan: HostPlan): HostPort {
    return new HostPort(this.image.cores.length, coreCount(this.spec), plan, this.ports)
  }

  private runHost(host: Host, { cycleLimit = Infinity }: HostRunOptions): Host {
    checkLimit(cycleLimit)
    this.feeder = host
    this.stand(host)
    this.run(cycleLimit)
    this.finishedAt = host.timings.at(-1)?.endCycle ?? 0
    if (!host.done) throw new SimulationError(deadlockMessage(this))
    return host
  }

  /** Reports what happens to a sink from now on. @param cyclesBefore of the parts of the run that are over */
  traceTo(sink: TraceSink, cyclesBefore = 0): void {
    this.ports.tracing = new Tracing(this, this.ports.store, sink, cyclesBefore)
  }

  /** Lets components catch up with the cycle, before somebody looks. Returns the last cycle that did something. */
  private settle(cycle: number): number {
    let last = this.wheel.now
    for (const component of this.components) last = Math.max(last, component.settle(cycle))
    return last
  }

  private run(cycleLimit: number): void {
    try {
      this.loop(cycleLimit)
      this.ports.tracing?.sample(this.wheel.now)
    } catch (error) {
      for (const component of this.components) {
        const { id } = component
        if (id !== this.stepped) component.settle(id < this.stepped ? this.wheel.now : this.wheel.now - 1)
      }
      throw error
    }
  }

  private loop(cycleLimit: number): void {
    const { wheel, network, byId } = this
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
          stateMessage(this, `the run has not ended in ${cycleLimit} cycles, its limit`),
        )
      }
      while (cycle > this.profile.endsAt) this.closeBin()
      wheel.advance(cycle)
      if (network.cycle !== cycle) network.skipTo(cycle)
      for (let id = wheel.pop(); id >= 0; id = wheel.pop()) {
        this.stepped = id
        byId[id]!.step()
      }
      if (!network.busy) continue
      network.step()
      this.ports.tracing?.afterStep()
      this.deliver()
      if (network.flitHops !== hopsBefore || wheel.size > 0 || network.deliveredCount > 0) {
        hopsBefore = network.flitHops
        quietSince = cycle
      } else if (cycle - quietSince > STUCK_CYCLES) return
    }
  }

  /** Ends a bin of the profile, in which every core has done what it does by the bin's end. */
  private closeBin(): void {
    this.settle(this.profile.endsAt)
    this.ports.tracing?.sample(this.profile.endsAt)
    this.closeProfiles()
  }

  /** Ends the bin in progress with the counts as they are. */
  closeProfiles(): void {
    this.profile.close(countsByAction(this))
    this.spikeProfile.close(spikesByPlace(this.cores, this.places))
  }

  private deliver(): void {
    const { network, byEndpoint } = this
    const { tail } = this.ports.store
    for (let i = 0; i < network.deliveredCount; i++) {
      const endpoint = network.deliveredEndpoint[i]!
      const packet = network.deliveredPacket[i]!
      const flit = network.deliveredFlit[i]!
      if (byEndpoint[endpoint]!.receive(packet, flit, flit === tail[packet])) network.release(endpoint, 1)
    }
    for (let i = 0; i < network.injectedCount; i++) byEndpoint[network.injectedEndpoint[i]!]!.injected()
  }

  /** The time-step wave: when all is quiet, lets those go that wait at a barrier. False if none does. */
  private releaseBarrier(): boolean {
    const waiting = this.ports.atBarrier.splice(0)
    if (waiting.length === 0) return false
    const { fabric } = this.network.routers
    const { barrierCycles, barrierCyclesPerHop } = this.spec.sync
    const go = this.wheel.now + Math.max(1, barrierCycles + 2 * fabric.diameter * barrierCyclesPerHop)
    const flits = linksOf(fabric.wiring).length // a flit each way over every link
    waiting.sort((a, b) => a.component - b.component)
    this.ports.count(waiting[0]!.tag, BARRIER_FLIT, flits)
    for (const { component } of waiting) {
      this.byId[component]!.passBarrier()
      this.wheel.push(component, go)
    }
    this.barriers++
    return true
  }
}

/** @throws InputError */
function checkLimit(cycleLimit: number): void {
  if (cycleLimit === Infinity || (Number.isSafeInteger(cycleLimit) && cycleLimit >= 1)) return
  throw new InputError(`cycleLimit: ${cycleLimit}, expected a whole number of cycles, at least 1`)
}
