import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { decodeProgram, IsaError } from '../../isa/index.js'
import type { DecodedProgram } from '../../isa/index.js'
import { Core, HALTED, RUNNING, WAIT_BARRIER, WAIT_INJECTION, WAIT_MEMORY } from '../core/core.js'
import { checkImage } from '../core/check.js'
import { chargeIssue, counterLength, unitIndex } from '../core/cost.js'
import { execute } from '../core/execute.js'
import type { CorePorts } from '../core/ports.js'
import { SpikeSampler } from '../core/sampler.js'
import { TimingWheel } from '../engine/wheel.js'
import { InputError, SimulationError } from '../errors.js'
import type { HostPlan, MachineImage } from '../image.js'
import { Network } from '../network/index.js'
import {
  eventFlits, packetFormat, PACKET_EVENTS, PACKET_MARKER, PACKET_SIGNAL, PACKET_WORDS, PacketStore, wordFlits,
} from '../packets.js'
import type { PacketFormat } from '../packets.js'
import type { ChipSpec } from '../spec/chip-spec.js'
import { coreCount, systemColumns, systemRows } from '../spec/size.js'
import { deadlockMessage, stateMessage } from './deadlock.js'
import { Dram } from './dram.js'
import { TokenHost } from './host.js'
import type { HostPorts } from './host.js'
import { networkConfig } from './network-config.js'
import { receiveFlit, storeWords } from './receive.js'
import type { TraceSink } from './trace.js'

const BARRIER_FLIT = ACTION_INDEX.barrierFlit
const PACKET_FLIT = ACTION_INDEX.packetFlit

/** Activity of one tag, beside the action counts. */
export interface SpikeActivity {
  activations: number
  spikes: number
  trains: number
  /** Sum over trains of the longest train: time steps of the unrolled encoding. */
  timeSteps: number
  /** Sum over trains of activations times time steps: what a firing rate is taken of. */
  slots: number
}

/** How plain programs are run. */
export interface ProgramRunOptions {
  /** Cycles after which a run that has not ended is an error. Default: none. */
  readonly cycleLimit?: number
  /** Cores that serve others for ever, and may wait at the end. */
  readonly servers?: readonly number[]
}

/** Cycles without any flit moving, while nothing else can happen, after which the network is stuck. */
const STUCK_CYCLES = 10_000

/**
 * The chip: cores, network, memory and host, wired together, and the run loop. One cycle: first the
 * components scheduled for it, in push order; then one network cycle; then what it delivered.
 */
export class Chip implements CorePorts, HostPorts {
  readonly spec: ChipSpec
  readonly image: MachineImage
  readonly format: PacketFormat
  readonly cores: Core[] = []
  readonly network: Network
  readonly dram: Dram
  /** Counts by tag and action: counts[tag * ACTION_COUNT + action]. */
  readonly counts: Float64Array
  readonly activity: SpikeActivity[]
  /** Barriers passed. */
  barriers = 0
  /** The cycle at which the host had its last logits; what comes behind it is not the model's work. */
  finishedAt = 0

  private readonly wheel = new TimingWheel()
  private readonly store: PacketStore
  private readonly destinationSets: number[][] // by core and route, the network's destination set
  private readonly hostSets = new Map<string, number>() // by cores, the host's destination set
  private readonly hostEndpoint: number
  private trace: TraceSink | undefined
  private readonly startedAt: Float64Array // by core, when its current instruction was first tried
  private host: TokenHost | undefined
  private atBarrier = 0

  /**
   * @param image what the cores are loaded with
   * @param seed of the choices that routing leaves open
   * @throws InputError if the image does not fit the chip, or refers to something that is not there
   */
  constructor(spec: ChipSpec, image: MachineImage, seed: number) {
    this.spec = spec
    this.image = image
    this.format = packetFormat(spec.network, spec.core.spikeTrain)
    this.store = new PacketStore(this.format)
    this.counts = new Float64Array(counterLength(image.tags.length))
    this.activity = image.tags.map(() => ({ activations: 0, spikes: 0, trains: 0, timeSteps: 0, slots: 0 }))
    this.network = new Network(networkConfig(spec, image.tags.length), seed)
    this.dram = new Dram(spec)
    this.hostEndpoint = coreCount(spec)
    const programs = image.cores.map((core, id) => decoded(core.program, id))
    checkImage(image, programs, spec)
    image.cores.forEach((core, id) => {
      const built = new Core(id, spec, core, programs[id]!, this, this.counts)
      if (image.draws !== undefined) built.sampler = new SpikeSampler(image.draws, id)
      this.cores.push(built)
    })
    this.startedAt = new Float64Array(this.cores.length)
    this.destinationSets = image.cores.map((core, id) => (
      core.routes.map((route) => this.network.destinations(id, route.destinations))
    ))
    this.cores.forEach((core) => {
      if (core.state !== HALTED) this.wheel.push(core.id, 1)
    })
  }

  /**
   * Runs plain programs, without a host, until nothing happens any more. Returns the last cycle simulated.
   * @throws SimulationError if a core that is not a server has not halted, a packet is stuck, or the limit is reached
   */
  runPrograms({ cycleLimit = Infinity, servers = [] }: ProgramRunOptions = {}): number {
    this.loop(cycleLimit)
    const waiting = this.cores.some((core) => core.state !== HALTED && !servers.includes(core.id))
    if (waiting || this.network.busy) throw new SimulationError(deadlockMessage(this, undefined))
    this.finishedAt = this.wheel.now
    return this.finishedAt
  }

  /**
   * Runs the model: the host feeds the prompt and `generate` further tokens.
   * @throws SimulationError on a deadlock, naming what every component waits for
   */
  runTokens(
    prompt: readonly number[], generate: number, choose: (logits: Float32Array, position: number) => number,
  ): TokenHost {
    const host = new TokenHost(this.plan(), this, prompt, generate, choose)
    this.host = host
    this.wheel.push(this.cores.length, 1)
    this.loop(Infinity)
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

  private plan(): HostPlan {
    if (this.image.host === undefined) throw new InputError('the image has no host plan: run it with runPrograms')
    return this.image.host
  }

  private loop(cycleLimit: number): void {
    const { wheel, network } = this
    let quietSince = 0
    let hopsBefore = -1
    for (;;) {
      const eventCycle = wheel.nextCycle()
      let cycle = network.busy ? wheel.now + 1 : eventCycle
      if (cycle < 0) {
        if (!this.releaseBarrier()) return
        cycle = wheel.nextCycle()
      }
      if (cycle > cycleLimit) {
        throw new SimulationError(
          stateMessage(this, this.host, `the run has not ended in ${cycleLimit} cycles, its limit`),
        )
      }
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

  private step(id: number): void {
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
    const { network, store, format } = this
    for (let i = 0; i < network.deliveredCount; i++) {
      const endpoint = network.deliveredEndpoint[i]!
      const packet = network.deliveredPacket[i]!
      const flit = network.deliveredFlit[i]!
      const isTail = flit === store.tail[packet]
      if (endpoint === this.hostEndpoint) {
        this.deliverToHost(packet, flit, isTail)
        network.release(endpoint, 1)
        continue
      }
      const core = this.cores[endpoint]!
      if (receiveFlit(core, store, format, packet, flit, isTail)) network.release(endpoint, 1)
    }
    for (let i = 0; i < network.injectedCount; i++) {
      const core = this.cores[network.injectedEndpoint[i]!]
      if (core !== undefined && core.state === WAIT_INJECTION && this.canInject(core.id, core.flitsWanted)) core.wake()
    }
  }

  private deliverToHost(packet: number, flit: number, isTail: boolean): void {
    const { store } = this
    if (store.kind[packet] === PACKET_WORDS && flit > 0) storeWords(this.host!.data, store, this.format, packet, flit)
    if (isTail) this.host!.post(store.semaphore[packet]!)
  }

  /** The time-step wave: when all is quiet and cores wait at a barrier, lets them go. False if none does. */
  private releaseBarrier(): boolean {
    if (this.atBarrier === 0) return false
    const { topology } = this.spec.grid
    const columns = systemColumns(this.spec)
    const rows = systemRows(this.spec)
    const { barrierCycles, barrierCyclesPerHop } = this.spec.sync
    const diameter = topology === 'torus' ? Math.floor(columns / 2) + Math.floor(rows / 2) : columns + rows - 2
    const go = this.wheel.now + Math.max(1, barrierCycles + 2 * diameter * barrierCyclesPerHop)
    const links = topology === 'torus' ? 2 * columns * rows : columns * (rows - 1) + rows * (columns - 1)
    let counted = false
    for (const core of this.cores) {
      if (core.state !== WAIT_BARRIER) continue
      if (!counted) core.count(BARRIER_FLIT, 2 * links)
      counted = true
      core.state = RUNNING
      this.wheel.push(core.id, go)
    }
    this.atBarrier = 0
    this.barriers++
    return true
  }

  // ---- CorePorts

  now(): number {
    return this.wheel.now
  }

  schedule(core: number, cycle: number): void {
    this.wheel.push(core, cycle)
  }

  canInject(core: number, flits: number): boolean {
    const queued = this.network.queuedFlits(core)
    return queued === 0 || queued + flits <= this.spec.network.injectionQueueFlits
  }

  sendEvents(core: number, route: number, axons: Int32Array, lengths: Int32Array, events: number, tag: number): void {
    const flits = eventFlits(events, this.format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    let at = this.store.open(id, PACKET_EVENTS, tag, events, flits)
    for (let event = 0; event < events; event++) {
      this.store.payload[at++] = axons[event]!
      this.store.payload[at++] = lengths[event]!
    }
  }

  sendMarker(core: number, route: number, events: number, tag: number): void {
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.store.open(id, PACKET_MARKER, tag, events, 1)
  }

  sendWords(
    core: number, route: number, words: Int32Array, first: number, count: number, offset: number, tag: number,
  ): void {
    const entry = this.image.cores[core]!.routes[route]!
    const flits = wordFlits(count, this.format)
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, flits, tag)
    const at = this.store.open(id, PACKET_WORDS, tag, count, flits)
    this.store.aim(id, entry.address + offset, entry.mode, entry.semaphore)
    for (let word = 0; word < count; word++) this.store.payload[at + word] = words[first + word]!
  }

  sendSignal(core: number, route: number, tag: number): void {
    const entry = this.image.cores[core]!.routes[route]!
    const id = this.network.enqueue(core, this.destinationSets[core]![route]!, 1, tag)
    this.store.open(id, PACKET_SIGNAL, tag, 0, 1)
    this.store.aim(id, 0, 'write', entry.semaphore)
  }

  loadFromDram(bytes: number): number {
    return this.dram.load(this.wheel.now, bytes)
  }

  burstBytes(bytes: number): number {
    return this.dram.burstBytes(bytes)
  }

  operatorName(tag: number): string {
    const { operator, layer } = this.image.tags[tag] ?? { operator: `tag ${tag}`, layer: -1 }
    return layer < 0 ? operator : `${operator} of layer ${layer}`
  }

  noteSpikes(tag: number, activations: number, spikes: number, longestTrain: number): void {
    const activity = this.activity[tag]!
    activity.activations += activations
    activity.spikes += spikes
    activity.trains++
    activity.timeSteps += longestTrain
    activity.slots += activations * longestTrain
  }

  enterBarrier(): void {
    this.atBarrier++
  }

  releaseFlit(core: number): void {
    this.network.release(core, 1)
  }

  // ---- HostPorts

  scheduleHost(cycle: number): void {
    this.wheel.push(this.cores.length, cycle)
  }

  sendEmbedding(round: number, token: number): void {
    const { embedding, confirms, tag } = this.plan()
    let owner = 0
    for (const train of embedding.flat()) if (train.firstToken <= token) owner = Math.max(owner, train.firstToken)
    for (const { cores, firstToken } of embedding[round]!) {
      const events = firstToken === owner ? 1 : 0
      if (events === 0 && !confirms) continue
      if (events === 1) this.fromHost(cores, PACKET_EVENTS, tag, 1, token - firstToken, 1)
      this.fromHost(cores, PACKET_MARKER, tag, events, 0, 0)
    }
    if (round === 0) this.noteSpikes(tag, 1, 1, 1)
  }

  sendFlag(wantsLogits: boolean): void {
    const { flag, tag } = this.plan()
    const id = this.fromHost(flag.destinations, PACKET_WORDS, tag, 1, wantsLogits ? 1 : 0, 0)
    this.store.aim(id, flag.address, flag.mode, flag.semaphore)
  }

  /** Sends a packet with a payload of one or two words from the host port. */
  private fromHost(
    cores: readonly number[], kind: number, tag: number, count: number, first: number, second: number,
  ): number {
    const key = cores.join()
    let set = this.hostSets.get(key)
    if (set === undefined) this.hostSets.set(key, set = this.network.destinations(this.hostEndpoint, cores))
    const flits = kind === PACKET_WORDS ? wordFlits(count, this.format) : 1
    const id = this.network.enqueue(this.hostEndpoint, set, flits, tag)
    const at = this.store.open(id, kind, tag, count, flits)
    this.store.payload[at] = first
    this.store.payload[at + 1] = second
    const copies = this.spec.network.multicast === 'tree' ? 1 : cores.length
    this.counts[tag * ACTION_COUNT + PACKET_FLIT]! += flits * copies
    return id
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
