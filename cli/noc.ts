import { join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import type { NetworkConfig } from '../sim/network/config.js'
import type { Measurement } from '../sim/network/measure.js'
import { refuseIdleOptions } from './noc-applies.js'
import { latencyCsv, logLines, measurementJson, measurementText, replayJson, replayText, sweepJson, sweepText } from './noc-output.js'
import { real, SEED, whole } from './numbers.js'
import { note, print, printJson, startProgress } from './output.js'
import { checkFiles } from './outputs.js'
import { refuseWorkers, WORKERS } from './workers.js'
import { writeAtomically } from './write.js'

const ROUTINGS = ['xy', 'yx', 'o1turn', 'odd-even', 'west-first'] as const
const TOPOLOGIES = ['mesh', 'torus'] as const

export interface NocArguments {
  topology: (typeof TOPOLOGIES)[number]
  columns: number
  rows: number
  concentration: number
  routing: (typeof ROUTINGS)[number]
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
  sweep: boolean
  resolution: number
  workers: number
  trace: string | undefined
  log: string | undefined
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
    .option('buffer', { ...whole('buffer', 1, 4096), default: 8, describe: 'flits a virtual channel buffers' })
    .option('hop-cycles', { ...whole('hop-cycles', 3, 5), default: 5, describe: 'cycles from router to router: 3, 4 or 5' })
    .option('speculative', { type: 'boolean', default: false, describe: 'reach 4 cycles by speculation, not by look-ahead' })
    .option('link-cycles', { ...whole('link-cycles', 1, 1024), default: 1, describe: 'cycles on a link' })
    .option('chip-columns', { ...whole('chip-columns', 1, 1024), default: 1, describe: 'chips in a row that share the columns' })
    .option('chip-rows', { ...whole('chip-rows', 1, 1024), default: 1, describe: 'rows of chips that share the rows' })
    .option('chip-link-cycles', { ...whole('chip-link-cycles', 1, 1024), default: 8, describe: 'cycles on a link between chips' })
    .option('chip-link-cycles-per-flit', { ...whole('chip-link-cycles-per-flit', 1, 1024), default: 1, describe: 'cycles between flits on such a link' })
    .option('multicast', { choices: ['tree', 'unicast'] as const, default: 'tree' as const, describe: 'branch in the routers, or repeat' })
    .option('ordered', { type: 'boolean', default: false, describe: 'keep each flow in order: one virtual channel per flow' })
}

function trafficOptions(parser: Argv) {
  return parser
    .option('traffic', {
      type: 'string', default: 'uniform',
      describe: 'uniform, transpose, tornado, bit-complement, bit-reverse, shuffle, neighbor, hotspot or multicast',
    })
    .option('rate', { ...real('rate', 0, 1), default: 0.1, describe: 'offered flits per node and cycle' })
    .option('packet-flits', { ...whole('packet-flits', 1, 4096), default: 1, describe: 'flits of a packet' })
    .option('fanout', { ...whole('fanout', 1, 65536), default: 4, describe: 'destinations of a multicast packet' })
    .option('hotspots', { type: 'string', describe: 'hotspot nodes, as 27,36 (default: one in the middle)' })
    .option('hotspot-fraction', { ...real('hotspot-fraction', 0, 1), default: 1, describe: 'share of packets that go to a hotspot' })
    .option('seed', { ...SEED, describe: 'seed of traffic and routing choices' })
    .option('warmup-periods', { ...whole('warmup-periods', 0, 100_000), default: 3, describe: 'sample periods before measuring' })
    .option('period-cycles', { ...whole('period-cycles', 1, 2 ** 30), default: 3000, describe: 'cycles of a sample period' })
    .option('max-periods', { ...whole('max-periods', 1, 1_000_000), default: 20, describe: 'periods within which the mean must settle' })
}

function outputOptions(parser: Argv) {
  return parser
    .option('sweep', { type: 'boolean', default: false, describe: 'find zero-load latency and saturation by bisection' })
    .option('resolution', { ...real('resolution', 1e-9, 0.999), default: 0.005, describe: 'width of the saturation bracket, flits per node and cycle' })
    .option('workers', { ...WORKERS, describe: `with --sweep: ${WORKERS.describe}` })
    .option('trace', { type: 'string', describe: 'replay this CSV: cycle,source,destinations,flits[,id,after]' })
    .option('log', { type: 'string', describe: 'with --trace: write every packet\'s path and waits to this file (JSON lines)' })
    .option('csv', { type: 'string', describe: 'write results to this CSV file' })
    .option('svg', { type: 'string', describe: 'write link-heat.svg, and with --sweep latency-load.svg, into this folder' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON only' })
}

function networkConfig(args: NocArguments): NetworkConfig {
  return {
    columns: args.columns, rows: args.rows, topology: args.topology, endpointsPerRouter: args.concentration,
    routing: args.routing, virtualChannels: args.vcs, bufferFlits: args.buffer,
    // Any other number is refused, with the choices, when the network is built.
    hopCycles: args.hopCycles as 3 | 4 | 5,
    speculative: args.speculative, multicast: args.multicast, ordered: args.ordered, linkCycles: args.linkCycles,
    chipColumns: args.chipColumns, chipRows: args.chipRows, chipLinkCycles: args.chipLinkCycles,
    chipLinkCyclesPerFlit: args.chipLinkCyclesPerFlit,
  }
}

function checkPeriods(args: NocArguments): void {
  if (args.maxPeriods < args.warmupPeriods + 3) {
    throw new InputError(
      `--max-periods ${args.maxPeriods} leaves no three periods to measure after ${args.warmupPeriods} of warm-up; ` +
      `at least ${args.warmupPeriods + 3} are needed.`)
  }
}

/** Node numbers of a list such as `27,36`. @throws InputError naming what is none */
function nodesOf(list: string): number[] {
  return list.split(',').map((word) => {
    if (/^\d+$/.test(word.trim())) return Number(word)
    throw new InputError(`--hotspots ${list}: '${word}' is no node; expected numbers separated by commas, such as 27,36.`)
  })
}

/** The files that --svg asks for. */
function svgFiles({ svg, sweep }: NocArguments): string[] {
  return svg === undefined ? [] : ['link-heat.svg', ...(sweep ? ['latency-load.svg'] : [])].map((name) => join(svg, name))
}

async function measureOptions(args: NocArguments) {
  const { patternByName } = await import('../sim/network/traffic.js')
  checkPeriods(args)
  const hotspots = args.hotspots === undefined ? undefined : nodesOf(args.hotspots)
  return {
    network: networkConfig(args),
    traffic: {
      pattern: patternByName(args.traffic), fanout: args.fanout, hotspotFraction: args.hotspotFraction,
      ...(hotspots ? { hotspots } : {}),
    },
    packetFlits: args.packetFlits, seed: args.seed, warmupPeriods: args.warmupPeriods,
    samplePeriodCycles: args.periodCycles, maxPeriods: args.maxPeriods,
  }
}

async function writeSvg(name: string, folder: string, make: () => Promise<string>): Promise<void> {
  const file = join(folder, `${name}.svg`)
  await writeAtomically(file, `${await make()}\n`)
  note(`wrote ${file}`)
}

async function writeHeatMap(folder: string, measurement: Measurement): Promise<void> {
  const [{ linkLoadChart }, { renderChart }, { linkRows }] = await Promise.all([
    import('../reports/noc-charts.js'), import('../reports/svg.js'), import('../sim/network/links.js'),
  ])
  const { columns, rows } = measurement.config
  await writeSvg('link-heat', folder, () => renderChart(linkLoadChart(columns, rows, linkRows(measurement)), true))
}

async function oneRate(args: NocArguments): Promise<void> {
  const { measure } = await import('../sim/network/measure.js')
  const started = performance.now()
  const result = measure({ ...await measureOptions(args), rate: args.rate })
  const wallSeconds = (performance.now() - started) / 1000
  if (args.csv !== undefined) await writeAtomically(args.csv, latencyCsv([result]))
  if (args.svg !== undefined) await writeHeatMap(args.svg, result)
  if (args.json) printJson(measurementJson(result, wallSeconds))
  else print(measurementText(result, wallSeconds))
}

async function sweepRates(args: NocArguments): Promise<void> {
  const { parallelSweep } = await import('../simulate/parallel-sweep.js')
  const started = performance.now()
  const progress = await startProgress('rates', 18)
  let done = 0
  const result = await parallelSweep(await measureOptions(args), {
    resolution: args.resolution, workers: args.workers,
    onPoint: ({ rate, measurement }) => progress.update(++done, `${rate}${measurement.saturated ? ' saturated' : ''}`),
  }).finally(() => progress.stop())
  const wallSeconds = (performance.now() - started) / 1000
  const measurements = result.points.map((point) => point.measurement)
  if (args.csv !== undefined) await writeAtomically(args.csv, latencyCsv(measurements))
  if (args.svg !== undefined) {
    const [{ latencyLoadChart }, { renderChart }] = await Promise.all([import('../reports/noc-charts.js'), import('../reports/svg.js')])
    const points = measurements.map((m) => ({
      offeredRate: m.offeredRate, acceptedRate: m.acceptedRate, meanCycles: m.latencyCycles.mean, p99Cycles: m.latencyCycles.p99,
      saturated: m.saturated,
    }))
    await writeSvg('latency-load', args.svg, () => renderChart(latencyLoadChart([{ label: args.traffic, points }]), true))
    const highest = measurements.filter((m) => !m.saturated).at(-1)
    if (highest) await writeHeatMap(args.svg, highest)
  }
  if (args.json) printJson(sweepJson(result, wallSeconds))
  else print(sweepText(result, wallSeconds))
}

async function replayTrace(args: NocArguments, file: string): Promise<void> {
  const [{ parseTrace, replay }, { readText }] = await Promise.all([import('../sim/network/trace.js'), import('./files.js')])
  const packets = parseTrace(readText(file, 'trace file'), file)
  const started = performance.now()
  const result = replay(networkConfig(args), packets, args.seed, file, args.log !== undefined)
  const wallSeconds = (performance.now() - started) / 1000
  if (args.log !== undefined) await writeAtomically(args.log, logLines(result))
  if (args.json) printJson(replayJson(result, wallSeconds))
  else print(replayText(result, wallSeconds))
}

/** `spikeloom noc`: the network alone, under synthetic traffic or a trace. */
export const command: CommandModule<object, NocArguments> = {
  command: 'noc',
  describe: 'simulate the network alone: latency, throughput, saturation, traces',
  builder: (parser) => outputOptions(trafficOptions(networkOptions(parser))) as unknown as Argv<NocArguments>,
  handler: async (args) => {
    refuseIdleOptions(args)
    checkFiles([args.csv, args.log, ...svgFiles(args)])
    if (args.log !== undefined && args.trace === undefined) throw new InputError('--log needs --trace: it follows the packets of a trace.')
    if (args.trace !== undefined) refuseWorkers(args.workers, 'would have nothing to share: a trace is one simulation.')
    else if (!args.sweep) refuseWorkers(args.workers, 'needs --sweep: a single rate is one simulation.')
    if (args.trace !== undefined) await replayTrace(args, args.trace)
    else if (args.sweep) await sweepRates(args)
    else await oneRate(args)
  },
}
