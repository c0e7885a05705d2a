import { join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import type { NetworkConfig } from '../sim/network/config.js'
import { kernelsOfEnvironment } from './kernels.js'
import type { Measurement } from '../sim/network/measure.js'
import { refuseIdleOptions } from './noc-applies.js'
import { checkPeriods, linksOf, nodesOf, type NocArguments, nocOptions } from './noc-options.js'
import { latencyCsv, logLines, measurementJson, measurementText, replayJson, replayText, sweepJson, sweepText } from './noc-output.js'
import { note, print, printJson, startProgress } from './output.js'
import { checkFiles } from './outputs.js'
import { withPoolOf } from './workers.js'
import { writeAtomically } from './write.js'

function plainNetwork(args: NocArguments): NetworkConfig {
  return {
    columns: args.columns, rows: args.rows, topology: args.topology, endpointsPerRouter: args.concentration,
    routing: args.routing, virtualChannels: args.vcs, bufferFlits: args.buffer,
    // Any other number is refused, with the choices, when the network is built.
    hopCycles: args.hopCycles as 3 | 4 | 5,
    speculative: args.speculative, multicast: args.multicast, ordered: args.ordered, linkCycles: args.linkCycles,
    chipColumns: args.chipColumns, chipRows: args.chipRows, chipLinkCycles: args.chipLinkCycles,
    chipLinkCyclesPerFlit: args.chipLinkCyclesPerFlit, kernels: kernelsOfEnvironment() === 'plain' ? 'plain' : 'wasm',
  }
}

/** Width of a flit that links of a table are compared with, bits: the chip files' default. */
const FLIT_BITS = 64

/** The network asked for: regular, from a table, or regular with faults. */
async function networkConfig(args: NocArguments): Promise<NetworkConfig> {
  const config = plainNetwork(args)
  if (args.table !== undefined) {
    const [{ loadTable }, { readText }] = await Promise.all([import('../sim/config/load-table.js'), import('./files.js')])
    return { ...config, table: loadTable(readText(args.table, 'table file'), args.table, FLIT_BITS) }
  }
  if (args.faultyLinks === undefined && args.faultyRouters === undefined) return config
  const [{ resolveConfig }, { withFaults, faultRefusals }, { describeRefusal }] = await Promise.all([
    import('../sim/network/config.js'), import('../sim/fabric/faults.js'), import('../sim/fabric/refusal.js'),
  ])
  const resolved = resolveConfig(config)
  const faults = {
    links: args.faultyLinks === undefined ? [] : linksOf(args.faultyLinks),
    routers: args.faultyRouters === undefined ? [] : nodesOf(args.faultyRouters, '--faulty-routers'),
  }
  const refused = faultRefusals(resolved, faults)
  if (refused.length > 0) throw new InputError(refused.map((refusal) => describeRefusal(refusal, resolved, (key) => key)).join('\n'))
  const { table } = withFaults(resolved, faults)
  return { ...config, topology: 'table', table }
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
    network: await networkConfig(args),
    traffic: {
      pattern: patternByName(args.traffic), fanout: args.fanout, hotspotFraction: args.hotspotFraction,
      ...(hotspots ? { hotspots } : {}),
    },
    packetFlits: args.packetFlits, seed: args.seed, warmupPeriods: args.warmupPeriods,
    samplePeriodCycles: args.periodCycles, maxPeriods: args.maxPeriods, saturationFactor: args.saturationFactor,
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
  await writeSvg('link-heat', folder, () => renderChart(linkLoadChart(measurement.config, linkRows(measurement)), true))
}

function loggedPackets({ log, logPackets }: NocArguments): number {
  return log === undefined ? 0 : logPackets
}

async function oneRate(args: NocArguments): Promise<void> {
  const { measure } = await import('../sim/network/measure.js')
  const started = performance.now()
  const result = measure({ ...await measureOptions(args), rate: args.rate, logPackets: loggedPackets(args) })
  const wallSeconds = (performance.now() - started) / 1000
  if (args.log !== undefined) await writeAtomically(args.log, logLines(result.log))
  if (args.csv !== undefined) await writeAtomically(args.csv, latencyCsv([result]))
  if (args.svg !== undefined) await writeHeatMap(args.svg, result)
  if (args.json) printJson(measurementJson(result, wallSeconds))
  else print(measurementText(result, wallSeconds))
}

async function sweepRates(args: NocArguments): Promise<void> {
  const { parallelSweepOn } = await import('../simulate/parallel-sweep.js')
  const started = performance.now()
  const progress = await startProgress('rates', 18)
  let done = 0
  const options = await measureOptions(args)
  const result = await withPoolOf(args, (pool) => parallelSweepOn(pool, options, {
    resolution: args.resolution,
    onPoint: ({ rate, measurement }) => progress.update(++done, `${rate}${measurement.saturated ? ' saturated' : ''}`),
  })).finally(() => progress.stop())
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
  const result = replay(await networkConfig(args), packets, { seed: args.seed, file, logPackets: loggedPackets(args) })
  const wallSeconds = (performance.now() - started) / 1000
  if (args.log !== undefined) await writeAtomically(args.log, logLines(result.log))
  if (args.json) printJson(replayJson(result, wallSeconds))
  else print(replayText(result, wallSeconds))
}

/** `spikeloom noc`: the network alone, under synthetic traffic or a trace. */
export const command: CommandModule<object, NocArguments> = {
  command: 'noc',
  describe: 'simulate the network alone: latency, throughput, saturation, traces',
  builder: (parser) => nocOptions(parser) as unknown as Argv<NocArguments>,
  handler: async (args) => {
    refuseIdleOptions(args)
    checkFiles([args.csv, args.log, ...svgFiles(args)])
    if (args.trace !== undefined) await replayTrace(args, args.trace)
    else if (args.sweep) await sweepRates(args)
    else await oneRate(args)
  },
}
