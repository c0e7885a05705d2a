import { linkRows } from '../sim/network/links.js'
import type { Measurement } from '../sim/network/measure.js'
import type { Sweep } from '../sim/network/sweep.js'
import type { PacketRecord } from '../sim/network/packet-log.js'
import type { Replay } from '../sim/network/trace.js'
import { table } from './output.js'

/** NaN (nothing arrived) becomes null, as JSON has no NaN. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

const short = (value: number, digits = 2): string => (Number.isFinite(value) ? value.toFixed(digits) : '-')

function summary(result: Measurement, wallSeconds?: number) {
  const { mean, p50, p99, max } = result.latencyCycles
  return {
    latencyCycles: {
      mean: finite(mean), p50: finite(p50), p99: finite(p99), max: result.measuredPackets === 0 ? null : max,
      meanConfidence95: finite(result.latencyCycles.meanConfidence95),
    },
    unloadedLatencyCycles: { mean: finite(result.unloadedLatencyCycles.mean) },
    networkLatencyCycles: { mean: finite(result.networkLatencyCycles.mean) },
    hops: { mean: finite(result.hops.mean) },
    acceptedRate: result.acceptedRate,
    offeredRate: result.offeredRate,
    saturated: result.saturated,
    saturatedBy: result.saturatedBy,
    flitHops: result.flitHops,
    cycles: result.cycles,
    ...(wallSeconds === undefined ? {} : { wallSeconds }),
    measuredPackets: result.measuredPackets,
    linkUtilisation: result.linkUtilisation,
    jainFairness: result.jainFairness,
    branchCopies: result.branchCopies,
  }
}

/** The contract of `spikeloom noc --json`, and more after it. */
export function measurementJson(result: Measurement, wallSeconds: number) {
  return { ...summary(result, wallSeconds), links: linkRows(result) }
}

function saturationLine(result: Measurement): string {
  const why = result.saturatedBy === 'latency' ? 'the mean latency passed its limit' : 'less arrives than is sent'
  return `saturated: offered ${result.offeredRate}, accepted ${short(result.acceptedRate, 4)} flits per node and cycle (${why})`
}

/** Half of the 95 % confidence interval of the mean. */
function confidence({ latencyCycles }: Measurement): string {
  return Number.isFinite(latencyCycles.meanConfidence95) ? ` ± ${short(latencyCycles.meanConfidence95)}` : ''
}

export function measurementText(result: Measurement, wallSeconds: number): string {
  const { mean, p50, p99, max } = result.latencyCycles
  const lines = [
    ...(result.measuredPackets === 0 ? ['no packet arrived in the measured time: too few are sent'] : []),
    ...(result.saturated ? [saturationLine(result), 'latencies below are of the packets that arrived while it was measured'] : []),
    `latency            ${short(mean)}${confidence(result)} cycles mean, ${short(p50, 0)} median, ${short(p99, 0)} at 99 %, ${result.measuredPackets === 0 ? '-' : max} at most`,
    `unloaded           ${short(result.unloadedLatencyCycles.mean)} cycles mean, the same packets with nobody in the way`,
    `in the network     ${short(result.networkLatencyCycles.mean)} cycles mean, from source queue to delivery`,
    `routers traversed  ${short(result.hops.mean, 3)} mean`,
    `rate               ${result.offeredRate} offered, ${short(result.acceptedRate, 4)} accepted, flits per node and cycle`,
    `links              ${short(100 * result.linkUtilisation.mean, 1)} % busy on average, ` +
      `${short(100 * result.linkUtilisation.max, 1)} % the busiest`,
    `fairness           ${short(result.jainFairness, 4)} (Jain's index over sources)`,
    `simulated          ${result.cycles} cycles, ${result.flitHops} flit-hops, ` +
      `${short(result.flitHops / wallSeconds / 1e6)} M flit-hops/s`,
  ]
  return lines.join('\n')
}

export function latencyCsv(results: readonly Measurement[]): string {
  const head = 'offered_rate,accepted_rate,saturated,latency_cycles_mean,latency_cycles_p50,latency_cycles_p99,' +
    'latency_cycles_max,latency_cycles_mean_confidence95,unloaded_latency_cycles_mean,network_latency_cycles_mean,hops_mean,link_utilisation_mean,link_utilisation_max,jain_fairness,' +
    'flit_hops,cycles'
  const rows = results.map((m) => [
    m.offeredRate, m.acceptedRate, m.saturated, m.latencyCycles.mean, m.latencyCycles.p50, m.latencyCycles.p99,
    m.latencyCycles.max, m.latencyCycles.meanConfidence95, m.unloadedLatencyCycles.mean,
    m.networkLatencyCycles.mean, m.hops.mean, m.linkUtilisation.mean, m.linkUtilisation.max,
    m.jainFairness, m.flitHops, m.cycles,
  ].join(','))
  return `${[head, ...rows].join('\n')}\n`
}

export function sweepJson(result: Sweep, wallSeconds: number) {
  return {
    zeroLoadLatencyCycles: finite(result.zeroLoadLatencyCycles),
    saturation: { lastStableRate: result.lastStableRate, firstSaturatedRate: result.firstSaturatedRate },
    points: result.points.map(({ measurement }) => summary(measurement)),
    wallSeconds,
  }
}

export function sweepText(result: Sweep, wallSeconds: number): string {
  const rows = result.points.map(({ rate, measurement: m }) => [
    rate, short(m.acceptedRate, 4), m.saturated ? 'saturated' : short(m.latencyCycles.mean), m.saturated ? '' : m.latencyCycles.p99,
    short(100 * m.linkUtilisation.max, 1),
  ])
  const verdict = result.firstSaturatedRate === null
    ? 'does not saturate: every node can inject a flit in every cycle'
    : `saturates between ${result.lastStableRate} and ${result.firstSaturatedRate} flits per node and cycle`
  return [
    `zero load: ${short(result.zeroLoadLatencyCycles)} cycles; ${verdict}`,
    '',
    table([['offered', 'accepted', 'latency', '99 %', 'busiest link %'], ...rows]),
    '',
    `${short(wallSeconds, 1)} s`,
  ].join('\n')
}

export function replayJson(result: Replay, wallSeconds: number) {
  const { latency, networkLatency } = result
  return {
    packets: result.packets,
    latencyCycles: {
      mean: finite(latency.mean), p50: finite(latency.percentile(0.5)), p99: finite(latency.percentile(0.99)), max: latency.max,
    },
    networkLatencyCycles: { mean: finite(networkLatency.mean) },
    deliveredFlits: result.deliveredFlits,
    flitHops: result.flitHops,
    cycles: result.cycles,
    wallSeconds,
  }
}

export function replayText(result: Replay, wallSeconds: number): string {
  const { latency } = result
  return [
    `${result.packets} packets, all delivered by cycle ${result.cycles - 1}`,
    `latency  ${short(latency.mean)} cycles mean, ${short(latency.percentile(0.5), 0)} median, ${short(latency.percentile(0.99), 0)} at 99 %, ${latency.max} at most`,
    `         ${result.flitHops} flit-hops, ${result.deliveredFlits} flits delivered, ${short(wallSeconds, 2)} s`,
  ].join('\n')
}

/** The packet log, one JSON document per line. */
export function logLines(log: readonly PacketRecord[]): string {
  return log.map((record) => `${JSON.stringify(record)}\n`).join('')
}
