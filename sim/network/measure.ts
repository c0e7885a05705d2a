import { InputError } from '../errors.js'
import { linksOf } from '../fabric/index.js'
import { Random } from '../random.js'
import { BatchMeans } from './batch-means.js'
import type { NetworkConfig, ResolvedConfig } from './config.js'
import { Histogram } from './histogram.js'
import { Network } from './network.js'
import { PacketLog, type PacketRecord } from './packet-log.js'
import { BernoulliSources } from './sources.js'
import { destinationOf, drawSet, type TrafficOptions, workingNodes } from './traffic.js'
import { UnloadedLatency } from './unloaded.js'

export interface MeasureOptions {
  readonly network: NetworkConfig
  readonly traffic: TrafficOptions
  /** Offered flits per node and cycle. */
  readonly rate: number
  readonly packetFlits: number
  readonly seed: number
  /** Warm-up, in sample periods (default 3); length of a period (3000 cycles); periods at most (20), warm-up included. */
  readonly warmupPeriods?: number
  readonly samplePeriodCycles?: number
  readonly maxPeriods?: number
  /** Packets measured at least (default 40 000), so that means settle at low rates; at most ten times maxPeriods. */
  readonly minPackets?: number
  /** Mean latency past which the network counts as saturated, in mean unloaded latencies of its packets (default 15). */
  readonly saturationFactor?: number
  /** Packets whose path and waits are kept, the first that are measured (default 0). */
  readonly logPackets?: number
}

/** Plain data, so that a rate can be measured in any thread. */
export interface Measurement {
  /** NaN where nothing arrived. meanConfidence95: half the 95 % confidence interval, NaN past saturation. */
  readonly latencyCycles: { mean: number, p50: number, p99: number, max: number, meanConfidence95: number }
  /** Of the same packets in an empty network. */
  readonly unloadedLatencyCycles: { mean: number }
  readonly networkLatencyCycles: { mean: number }
  readonly hops: { mean: number }
  readonly acceptedRate: number
  readonly offeredRate: number
  readonly saturated: boolean
  /** By which sign: the mean latency passed its limit, or fewer flits arrived than were offered. */
  readonly saturatedBy: 'latency' | 'throughput' | null
  readonly flitHops: number
  readonly cycles: number
  readonly measuredCycles: number
  readonly measuredPackets: number
  readonly linkUtilisation: { mean: number, max: number }
  /** Jain's index of the flits accepted from each source: 1 is perfectly fair, 1 / nodes is one source only. */
  readonly jainFairness: number
  /** Flits per measured cycle of each output port; index router * ports + port. */
  readonly linkLoad: Float64Array
  /** Further crossbar outputs that branching flits took. */
  readonly branchCopies: number
  readonly config: ResolvedConfig
  readonly log: readonly PacketRecord[]
}

/** Jain's fairness index, (sum x)^2 / (n sum x^2); 1 when all are 0. */
export function jainIndex(values: Float64Array): number {
  let sum = 0
  let squares = 0
  for (const value of values) {
    sum += value
    squares += value * value
  }
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares)
}

/** Sets of destinations kept per source for multicast traffic. */
const SETS_PER_SOURCE = 16
const SATURATION_FACTOR = 15
/** Share of the offered flits that a network which keeps up accepts at least, beside what chance may do (3 sigma). */
const LEAST_ACCEPTED = 0.95
/** Stretches of a sample period whose means are taken by themselves. */
const BATCHES_PER_PERIOD = 10

/**
 * Open-loop measurement as BookSim2 makes it: warm-up, then sample periods until mean latency and accepted rate
 * changed by less than 5 % in three periods running, then all packets created in the measured time drain while
 * injection goes on. Saturated: the mean latency, packets in flight included, passed so many times the mean unloaded
 * latency of the packets, or less arrived than was offered.
 */
class Measuring {
  readonly options: MeasureOptions
  readonly network: Network
  private readonly sources: BernoulliSources
  private readonly random: Random
  private readonly draw: (source: number) => number
  private readonly sets: Int32Array | undefined
  private readonly membersOf: number[][] = []
  private readonly nodes: number
  private readonly workingNodes: readonly number[]
  private readonly dueNow: Int32Array
  private readonly backlogged: Uint8Array

  /** Per packet id. */
  private created = new Float64Array(1024)
  private injected = new Float64Array(1024)
  private source = new Float64Array(1024)
  private pending = new Float64Array(1024)
  private measured = new Float64Array(1024)

  readonly latency = new Histogram()
  private readonly batches = new BatchMeans()
  private readonly unloaded: UnloadedLatency
  private unloadedSum = 0
  /** Unloaded latency, mean over destinations, of all packets made so far. */
  private unloadedMade = 0
  private made = 0
  private readonly log: PacketLog | undefined
  private networkLatencySum = 0
  private hopSum = 0
  private readonly acceptedFlits: Float64Array<ArrayBuffer>
  private windowStart = 0
  private windowEnd = Infinity
  private linksAtStart: Float64Array = new Float64Array(0)
  private measuring = false
  private recording = true
  private outstanding = 0

  constructor(options: MeasureOptions) {
    this.options = options
    const { packetFlits, rate } = options
    if (!Number.isInteger(packetFlits) || packetFlits < 1 || packetFlits > 65535) {
      throw new InputError(`packet length ${packetFlits} flits is not an integer from 1 to 65535`)
    }
    if (!(rate > 0 && rate <= 1)) {
      throw new InputError(`rate ${rate} flits per node and cycle is not above 0 and at most 1: a node injects one flit a cycle`)
    }
    this.network = new Network(options.network, options.seed)
    const { config } = this.network
    this.nodes = this.network.routers.wiring.cores
    this.random = new Random(options.seed ^ 0x5eed)
    this.sets = options.traffic.pattern === 'multicast' ? this.drawSets() : undefined
    this.draw = this.sets ? () => this.random.below(SETS_PER_SOURCE) : destinationOf(config, options.traffic, this.random)
    const working = new Set(workingNodes(config))
    this.sources = new BernoulliSources(this.nodes, rate / packetFlits, this.random, (node) => working.has(node))
    this.workingNodes = [...working]
    this.dueNow = new Int32Array(this.nodes)
    this.backlogged = new Uint8Array(this.nodes)
    this.acceptedFlits = new Float64Array(this.nodes)
    this.unloaded = new UnloadedLatency(this.network.routers.fabric, config)
    this.log = (options.logPackets ?? 0) > 0 ? new PacketLog(this.network) : undefined
  }

  private drawSets(): Int32Array {
    const fanout = this.options.traffic.fanout ?? 4
    return Int32Array.from({ length: this.nodes * SETS_PER_SOURCE }, (_, k) => {
      this.membersOf.push(drawSet(this.nodes, fanout, this.random))
      return this.network.destinations(Math.floor(k / SETS_PER_SOURCE), this.membersOf.at(-1)!)
    })
  }

  /** Routers on the way; every routing is minimal (a property test holds it to that). */
  private routersBetween(source: number, destination: number): number {
    const { wiring, fabric } = this.network.routers
    return 1 + fabric.distance(wiring.endpointRouter[source]!, wiring.endpointRouter[destination]!)
  }

  private grow(packet: number): void {
    if (packet < this.created.length) return
    const length = this.created.length * 2
    const larger = (array: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(length)
      copy.set(array)
      return copy
    }
    this.created = larger(this.created)
    this.injected = larger(this.injected)
    this.source = larger(this.source)
    this.pending = larger(this.pending)
    this.measured = larger(this.measured)
  }

  /** Hands the due packet of a node to the network, which has nothing of this node queued. */
  private make(node: number): void {
    const { packetFlits } = this.options
    const choice = this.draw(node)
    const packet = this.sets
      ? this.network.enqueue(node, this.sets[node * SETS_PER_SOURCE + choice]!, packetFlits, 0)
      : this.network.send(node, choice, packetFlits, 0)
    this.grow(packet)
    this.created[packet] = this.sources.due[node]!
    this.injected[packet] = -1
    this.source[packet] = node
    this.pending[packet] = this.sets ? this.options.traffic.fanout ?? 4 : 1
    this.measured[packet] = this.measuring && this.sources.due[node]! < this.windowEnd ? 1 : 0
    if (this.measured[packet] === 1) this.outstanding++
    this.noteMade(packet, node, choice)
    this.backlogged[node] = this.sources.advance(node, this.network.cycle) ? 1 : 0
  }

  private noteMade(packet: number, node: number, choice: number): void {
    const { packetFlits, logPackets = 0 } = this.options
    const members = this.sets ? this.membersOf[node * SETS_PER_SOURCE + choice]! : undefined
    this.made++
    if (members === undefined) this.unloadedMade += this.unloaded.between(node, choice, packetFlits)
    else for (const member of members) this.unloadedMade += this.unloaded.between(node, member, packetFlits) / members.length
    if (!this.log) return
    if (this.measured[packet] === 1 && this.log.records.length < logPackets) {
      this.log.created(packet, node, packetFlits, this.created[packet]!)
    } else this.log.skipped()
  }

  cycle(): void {
    const { network, sources } = this
    // Sources whose queue ran empty in the last step hand over their backlog, then come the newly due.
    for (let i = 0; i < network.injectedCount; i++) {
      const node = network.injectedEndpoint[i]!
      if (this.backlogged[node] === 1 && network.queuedFlits(node) === 0) this.make(node)
    }
    const due = sources.collect(network.cycle, this.dueNow)
    for (let i = 0; i < due; i++) {
      const node = this.dueNow[i]!
      if (network.queuedFlits(node) === 0) this.make(node)
      else this.backlogged[node] = 1
    }
    network.step()
    if (this.log && !this.log.idle) this.log.afterStep()
    this.observe()
  }

  private observe(): void {
    const { network } = this
    const now = network.cycle - 1
    const tail = this.options.packetFlits - 1
    for (let i = 0; i < network.injectedCount; i++) {
      if (network.injectedFlit[i] === 0 && this.injected[network.injectedPacket[i]!] === -1) {
        this.injected[network.injectedPacket[i]!] = now
      }
    }
    for (let i = 0; i < network.deliveredCount; i++) {
      const packet = network.deliveredPacket[i]!
      if (this.recording) this.acceptedFlits[this.source[packet]!]!++
      if (network.deliveredFlit[i] === tail) this.retire(packet, network.deliveredEndpoint[i]!, now)
    }
  }

  private retire(packet: number, endpoint: number, now: number): void {
    const last = --this.pending[packet]! === 0
    if (last) this.log?.forget(packet)
    if (last && this.measured[packet] === 1) this.outstanding--
    if (this.measuring && this.measured[packet] === 0) return
    const latency = now - this.created[packet]!
    this.latency.add(latency)
    this.unloadedSum += this.unloaded.between(this.source[packet]!, endpoint, this.options.packetFlits)
    if (this.measuring) this.batches.add(Math.floor((this.created[packet]! - this.windowStart) / this.batchCycles), latency)
    this.networkLatencySum += now - this.injected[packet]!
    this.hopSum += this.routersBetween(this.source[packet]!, endpoint)
  }

  private startWindow(): void {
    this.latency.clear()
    this.batches.clear()
    this.unloadedSum = 0
    this.networkLatencySum = 0
    this.hopSum = 0
    this.acceptedFlits.fill(0)
    this.windowStart = this.network.cycle
    this.linksAtStart = this.network.linkFlits()
  }

  /** Mean latency with the ages of packets under way, as BookSim2 judges saturation. */
  private latencyWithInFlight(): number {
    let sum = this.latency.sum
    let count = this.latency.total
    for (let packet = 0; packet < this.network.worms.packetLimit; packet++) {
      if (this.pending[packet] === 0) continue
      sum += this.network.cycle - this.created[packet]!
      count++
    }
    return count === 0 ? 0 : sum / count
  }

  private period(): void {
    const cycles = this.options.samplePeriodCycles ?? 3000
    for (let k = 0; k < cycles; k++) this.cycle()
  }

  private accepted(): number {
    return this.acceptedFlits.reduce((a, b) => a + b, 0) / this.workingNodes.length / (this.network.cycle - this.windowStart)
  }

  private get batchCycles(): number {
    return Math.ceil((this.options.samplePeriodCycles ?? 3000) / BATCHES_PER_PERIOD)
  }

  private latencyPassedLimit(): boolean {
    const limit = (this.options.saturationFactor ?? SATURATION_FACTOR) * (this.unloadedMade / this.made)
    return this.latencyWithInFlight() > limit
  }

  /** Whether so little arrives that it is not chance; after a time in which packets under way no longer count. */
  private acceptsTooLittle(): boolean {
    const { rate, packetFlits, traffic } = this.options
    const cycles = this.network.cycle - this.windowStart
    if (cycles < 10 * (this.unloadedMade / this.made)) return false
    const packets = (rate / packetFlits) * this.workingNodes.length * cycles
    const each = this.sets ? traffic.fanout ?? 4 : 1
    return this.accepted() < rate * each * (LEAST_ACCEPTED - 3 / Math.sqrt(packets))
  }

  /** Runs to convergence or saturation; by what it is saturated, if it is. */
  private sample(): Measurement['saturatedBy'] {
    const warmup = this.options.warmupPeriods ?? 3
    const most = this.options.maxPeriods ?? 20
    let converged = 0
    let latency = 0
    let accepted = 0
    const enough = (): boolean => converged >= 3 && this.latency.total >= (this.options.minPackets ?? 40_000)
    for (let done = 0; !enough() && (done < most || (converged >= 3 && done < 10 * most)); done++) {
      if (done <= warmup && (done % 2 === 0 || done === warmup)) this.startWindow()
      this.measuring = done >= warmup
      this.period()
      if (this.latencyPassedLimit()) return 'latency'
      if (!this.measuring) continue
      const steady = Math.abs(this.latency.mean - latency) <= 0.05 * this.latency.mean &&
        Math.abs(this.accepted() - accepted) <= 0.05 * this.accepted()
      latency = this.latency.mean
      accepted = this.accepted()
      converged = steady ? converged + 1 : 0
    }
    return this.acceptsTooLittle() ? 'throughput' : null
  }

  /** Runs until every measured packet arrived, injection going on; true when saturated after all. */
  private drain(): boolean {
    this.windowEnd = this.network.cycle
    for (let cycles = 1; this.outstanding > 0; cycles++) {
      this.cycle()
      if (cycles % 1000 === 0 && this.latencyPassedLimit()) return true
    }
    return false
  }

  run(): Measurement {
    let saturatedBy = this.sample()
    if (saturatedBy !== null) {
      // Past saturation only the accepted rate is steady: measure it anew, over two periods.
      this.measuring = false
      this.startWindow()
      this.period()
      this.period()
    }
    const acceptedRate = this.accepted()
    const jainFairness = jainIndex(Float64Array.from(this.workingNodes, (node) => this.acceptedFlits[node]!))
    const measuredCycles = this.network.cycle - this.windowStart
    const linkLoad = this.network.linkFlits().map((flits, id) => (flits - this.linksAtStart[id]!) / measuredCycles)
    this.recording = false
    if (saturatedBy === null && this.drain()) saturatedBy = 'latency'
    return {
      latencyCycles: {
        mean: this.latency.mean, p50: this.latency.percentile(0.5), p99: this.latency.percentile(0.99), max: this.latency.max,
        meanConfidence95: saturatedBy === null ? this.batches.halfWidth95 : NaN,
      },
      unloadedLatencyCycles: { mean: this.unloadedSum / this.latency.total },
      networkLatencyCycles: { mean: this.networkLatencySum / this.latency.total },
      hops: { mean: this.hopSum / this.latency.total },
      acceptedRate,
      offeredRate: this.options.rate,
      saturated: saturatedBy !== null,
      saturatedBy,
      flitHops: this.network.flitHops,
      cycles: this.network.cycle,
      measuredCycles,
      measuredPackets: this.latency.total,
      linkUtilisation: this.utilisation(linkLoad),
      jainFairness,
      linkLoad,
      branchCopies: this.network.routers.copies,
      config: this.network.config,
      log: this.log?.records ?? [],
    }
  }

  private utilisation(linkLoad: Float64Array): { mean: number, max: number } {
    const loads = linksOf(this.network.routers.wiring).map(({ id }) => linkLoad[id]!)
    const sum = loads.reduce((a, b) => a + b, 0)
    return { mean: loads.length === 0 ? 0 : sum / loads.length, max: loads.reduce((a, b) => Math.max(a, b), 0) }
  }
}

/** Measures one traffic pattern at one rate. @throws InputError for a rate, length or pattern that cannot be */
export function measure(options: MeasureOptions): Measurement {
  return new Measuring(options).run()
}
