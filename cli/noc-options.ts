import type { Argv } from 'yargs'
import { InputError } from '../sim/errors.js'
import { type Routing, ROUTINGS, TOPOLOGIES, type TopologyName } from '../sim/fabric/description.js'
import { real, SEED, whole } from './numbers.js'
import { QUEUE, WORKERS } from './workers.js'

/** The options of `noc`, and what is asked of them together before anything is loaded. */

export interface NocArguments {
  topology: TopologyName
  columns: number
  rows: number
  concentration: number
  routing: Routing
  vcs: number
  buffer: number
  hopCycles: number
  speculative: boolean
  linkCycles: number
  chipColumns: number
  chipRows: number
  chipLinkCycles: number
  chipLinkCyclesPerFlit: number
  multicast: 'tree' | 'unicast'
  ordered: boolean
  table: string | undefined
  faultyLinks: string | undefined
  faultyRouters: string | undefined
  traffic: string
  rate: number
  packetFlits: number
  fanout: number
  hotspots: string | undefined
  hotspotFraction: number
  seed: number
  warmupPeriods: number
  periodCycles: number
  maxPeriods: number
  saturationFactor: number
  sweep: boolean
  resolution: number
  workers: number
  queue: string | undefined
  trace: string | undefined
  log: string | undefined
  logPackets: number
  csv: string | undefined
  svg: string | undefined
  json: boolean
}

function networkOptions(parser: Argv) {
  return parser
    .option('topology', { choices: TOPOLOGIES, default: 'mesh' as const, describe: 'how routers are joined' })
    .option('columns', { ...whole('columns', 1, 1024), default: 8, describe: 'routers in a row' })
    .option('rows', { ...whole('rows', 1, 1024), default: 8, describe: 'rows of routers' })
    .option('concentration', { ...whole('concentration', 1, 4), default: 1, describe: 'nodes on a router, 1 to 4' })
    .option('routing', { choices: ROUTINGS, default: 'xy' as const, describe: 'routing function' })
    .option('vcs', { ...whole('vcs', 1, 16), default: 4, describe: 'virtual channels of an input port, 1 to 16' })
    .option('buffer', { ...whole('buffer', 1, 256), default: 8, describe: 'flits a virtual channel buffers' })
    .option('hop-cycles', { ...whole('hop-cycles', 3, 5), default: 5, describe: 'cycles from router to router: 3, 4 or 5' })
    .option('speculative', { type: 'boolean', default: false, describe: 'reach 4 cycles by speculation, not by look-ahead' })
    .option('link-cycles', { ...whole('link-cycles', 1, 64), default: 1, describe: 'cycles on a link' })
    .option('chip-columns', { ...whole('chip-columns', 1, 1024), default: 1, describe: 'chips in a row that share the columns' })
    .option('chip-rows', { ...whole('chip-rows', 1, 1024), default: 1, describe: 'rows of chips that share the rows' })
    .option('chip-link-cycles', { ...whole('chip-link-cycles', 1, 1024), default: 8, describe: 'cycles on a link between chips' })
    .option('chip-link-cycles-per-flit', { ...whole('chip-link-cycles-per-flit', 1, 256), default: 1, describe: 'cycles between flits on such a link' })
    .option('multicast', { choices: ['tree', 'unicast'] as const, default: 'tree' as const, describe: 'branch in the routers, or repeat' })
    .option('ordered', { type: 'boolean', default: false, describe: 'keep each flow in order: one virtual channel per flow' })
    .option('table', { type: 'string', describe: 'with --topology table: YAML file of links and routes' })
    .option('faulty-links', { type: 'string', describe: 'links that do not work, as 3-4,9-17; routes lead around them' })
    .option('faulty-routers', { type: 'string', describe: 'routers that do not work, as 12,13' })
}

function trafficOptions(parser: Argv) {
  return parser
    .option('traffic', {
      type: 'string', default: 'uniform',
      describe: 'uniform, transpose, tornado, bit-complement, bit-reverse, shuffle, neighbor, hotspot or multicast',
    })
    .option('rate', { ...real('rate', 0, 1), default: 0.1, describe: 'offered flits per node and cycle' })
    .option('packet-flits', { ...whole('packet-flits', 1, 65535), default: 1, describe: 'flits of a packet' })
    .option('fanout', { ...whole('fanout', 1, 65536), default: 4, describe: 'destinations of a multicast packet' })
    .option('hotspots', { type: 'string', describe: 'hotspot nodes, as 27,36 (default: one in the middle)' })
    .option('hotspot-fraction', { ...real('hotspot-fraction', 0, 1), default: 1, describe: 'share of packets that go to a hotspot' })
    .option('seed', { ...SEED, describe: 'seed of traffic and routing choices' })
    .option('warmup-periods', { ...whole('warmup-periods', 0, 100_000), default: 3, describe: 'sample periods before measuring' })
    .option('period-cycles', { ...whole('period-cycles', 1, 10_000_000), default: 3000, describe: 'cycles of a sample period' })
    .option('max-periods', { ...whole('max-periods', 1, 100_000), default: 20, describe: 'periods within which the mean must settle' })
    .option('saturation-factor', {
      ...real('saturation-factor', 1.01, 1e6), default: 15,
      describe: 'saturated: mean latency above so many times that of the same packets in an empty network',
    })
}

function outputOptions(parser: Argv) {
  return parser
    .option('sweep', { type: 'boolean', default: false, describe: 'find zero-load latency and saturation by bisection' })
    .option('resolution', { ...real('resolution', 1e-6, 0.999), default: 0.005, describe: 'width of the saturation bracket, flits per node and cycle' })
    .option('workers', { ...WORKERS, describe: `with --sweep: ${WORKERS.describe}` })
    .option('queue', { ...QUEUE, describe: `with --sweep: ${QUEUE.describe}` })
    .option('trace', { type: 'string', describe: 'replay this CSV: cycle,source,destinations,flits[,id,after]' })
    .option('log', { type: 'string', describe: 'write packets\' paths and waits to this file (JSON lines)' })
    .option('log-packets', { ...whole('log-packets', 1, 1_000_000), default: 10_000, describe: 'with --log: packets at most, the first that are measured' })
    .option('csv', { type: 'string', describe: 'write results to this CSV file' })
    .option('svg', { type: 'string', describe: 'write link-heat.svg, and with --sweep latency-load.svg, into this folder' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })
}

export function nocOptions(parser: Argv): Argv<NocArguments> {
  return outputOptions(trafficOptions(networkOptions(parser))) as unknown as Argv<NocArguments>
}

export function checkPeriods(args: NocArguments): void {
  if (args.maxPeriods < args.warmupPeriods + 3) {
    throw new InputError(
      `--max-periods ${args.maxPeriods} leaves no three periods to measure after ${args.warmupPeriods} of warm-up; ` +
      `at least ${args.warmupPeriods + 3} are needed.`)
  }
}

/** Node numbers of a list such as `27,36`. @throws InputError naming what is none */
export function nodesOf(list: string, option = '--hotspots'): number[] {
  return list.split(',').map((word) => {
    if (/^\d+$/.test(word.trim())) return Number(word)
    throw new InputError(`${option} ${list}: '${word}' is no node; expected numbers separated by commas, such as 27,36.`)
  })
}

/** Links of a list such as `3-4,9-17`. @throws InputError naming what is none */
export function linksOf(list: string): [number, number][] {
  return list.split(',').map((word) => {
    const [, from, to] = /^(\d{1,6})-(\d{1,6})$/.exec(word.trim()) ?? []
    if (from !== undefined) return [Number(from), Number(to)]
    throw new InputError(`--faulty-links ${list}: '${word}' is no link; expected pairs of routers separated by commas, such as 3-4,9-17.`)
  })
}
