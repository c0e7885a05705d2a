import { mkdirSync, writeFileSync } from 'node:fs'
import { type Curve, latencyLoadChart, linkLoadChart } from '../reports/noc-charts.js'
import { type Chart, renderChart } from '../reports/svg.js'
import { linkRows } from '../sim/network/links.js'
import { measure, type Measurement, type MeasureOptions, sweep } from '../sim/network/index.js'

/** Draws the figures of docs/network.md into docs/figures: `npx tsx bench/network-figures.ts`, all or those named. */
const FOLDER = new URL('../docs/figures/', import.meta.url)

const mesh = {
  columns: 8, rows: 8, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8,
  hopCycles: 5, multicast: 'tree',
} as const
const base: Omit<MeasureOptions, 'rate'> = { network: mesh, traffic: { pattern: 'uniform' }, packetFlits: 1, seed: 1 }

const curve = (label: string, measurements: readonly Measurement[]): Curve => ({
  label,
  points: measurements.map((m) => ({
    offeredRate: m.offeredRate, acceptedRate: m.acceptedRate, meanCycles: m.latencyCycles.mean, p99Cycles: m.latencyCycles.p99,
    saturated: m.saturated,
  })),
})

const swept = (label: string, options: Omit<MeasureOptions, 'rate'>, resolution = 0.01): Curve =>
  curve(label, sweep(options, { resolution }).points.map((point) => point.measurement))

const FIGURES: Record<string, () => Chart> = {
  'network-channels': () => latencyLoadChart([1, 2, 4].map((virtualChannels) =>
    swept(`${virtualChannels} VC`, { ...base, network: { ...mesh, virtualChannels } })), '8x8 mesh, uniform: latency against load'),
  'network-topologies': () => latencyLoadChart([
    swept('mesh xy', base),
    swept('mesh o1turn', { ...base, network: { ...mesh, routing: 'o1turn' } }),
    swept('torus xy', { ...base, network: { ...mesh, topology: 'torus' } }),
  ], '8x8, uniform, 4 VC: mesh and torus'),
  'network-multicast': () => latencyLoadChart((['tree', 'unicast'] as const).map((multicast) => swept(multicast, {
    ...base, network: { ...mesh, hopCycles: 3, multicast }, traffic: { pattern: 'multicast', fanout: 16 }, minPackets: 10_000,
  }, 0.002)), 'Packets to 16 of 64 nodes: trees against repeated unicast'),
  'network-heat': () => linkLoadChart(mesh, linkRows(measure({ ...base, rate: 0.4 }))),
}

mkdirSync(FOLDER, { recursive: true })
const wanted = process.argv.slice(2)
for (const [name, draw] of Object.entries(FIGURES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  writeFileSync(new URL(`${name}.svg`, FOLDER), `${await renderChart(draw(), true)}\n`)
}
