import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Network, type NetworkConfig } from '../sim/network/index.js'
import { BernoulliSources } from '../sim/network/sources.js'
import { Random } from '../sim/random.js'
import { type BenchRow, compare, main, measure, type Work } from './harness.js'

/**
 * Flit-hops per second of the network alone. With BOOKSIM=/path/to/booksim the peer runs in turns with us, on the same
 * load (8x8 mesh, 4 VC x 8, single-flit uniform packets); without it the reference is the peer's figure from the survey:
 * 204,537 flit-hops/s at uniform 0.1, two runs side by side on two shared cores.
 */
const SURVEYED = 204_537

function meshConfig(size: number, more: Partial<NetworkConfig> = {}): NetworkConfig {
  return {
    columns: size, rows: size, topology: 'mesh', endpointsPerRouter: 1, routing: 'xy', virtualChannels: 4, bufferFlits: 8,
    hopCycles: 5, multicast: 'tree', ...more,
  }
}

/** Uniform Bernoulli traffic for a number of cycles; work is flit-hops, or cycles. */
function uniform(size: number, rate: number, cycles: number, unit: 'flitHops' | 'cycles'): Work {
  return () => {
    const network = new Network(meshConfig(size), 1)
    const random = new Random(1)
    const nodes = size * size
    const sources = new BernoulliSources(nodes, rate, random)
    const due = new Int32Array(nodes)
    const behind = new Uint8Array(nodes)
    const make = (node: number): void => {
      network.send(node, random.below(nodes), 1, 0)
      behind[node] = sources.advance(node, network.cycle) ? 1 : 0
    }
    for (let t = 0; t < cycles; t++) {
      for (let i = 0; i < network.injectedCount; i++) if (behind[network.injectedEndpoint[i]!] === 1) make(network.injectedEndpoint[i]!)
      const count = sources.collect(t, due)
      for (let i = 0; i < count; i++) {
        if (network.queuedFlits(due[i]!) === 0) make(due[i]!)
        else behind[due[i]!] = 1
      }
      network.step()
    }
    return unit === 'cycles' ? cycles : network.flitHops
  }
}

const PEER_SETTINGS = `topology = mesh; k = 8; n = 2; routing_function = dor; packet_size = 1; num_vcs = 4; vc_buf_size = 8;
traffic = uniform; sim_type = throughput; vc_allocator = islip; sw_allocator = islip; credit_delay = 0; routing_delay = 1;
vc_alloc_delay = 1; sw_alloc_delay = 1; st_final_delay = 1; warmup_periods = 1; max_samples = 4; seed = 1;
`

/** The peer on the same load, whole process; work is flit-hops. */
function booksim(binary: string, rate: number, cycles: number): Work {
  return () => {
    const folder = mkdtempSync(join(tmpdir(), 'network-bench-'))
    try {
      const file = join(folder, 'settings')
      writeFileSync(file, `${PEER_SETTINGS}injection_rate = ${rate.toFixed(3)}; sample_period = ${Math.ceil(cycles / 4)};\n`)
      const out = spawnSync(binary, [file], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout
      const last = (pattern: RegExp): number => Number([...out.matchAll(pattern)].at(-1)?.[1] ?? NaN)
      return last(/Time taken is (\d+) cycles/g) * 64 * last(/Accepted flit rate average = ([\d.]+)/g) * last(/Hops average = ([\d.]+)/g)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

function row(name: string, unit: string, work: Work, reference: string, divisor: number): BenchRow {
  const value = measure(work, 3, 1)
  return { name, unit, value, reference, ratio: value / divisor }
}

/** The rows of `spikeloom bench` about the network. */
export function networkBenchmarks(): BenchRow[] {
  const binary = process.env['BOOKSIM']
  const rows = ([[0.02, 200_000], [0.1, 100_000], [0.3, 30_000], [1, 20_000]] as const).map(([rate, cycles]) => {
    const name = `8x8 mesh, 4 VC x 8, uniform ${rate === 1 ? '1.0 (past saturation)' : rate}`
    const work = uniform(8, rate, cycles, 'flitHops')
    return binary === undefined
      ? row(name, 'flit-hops/s', work, 'BookSim2 at uniform 0.1 (surveyed)', SURVEYED)
      : compare(name, 'flit-hops/s', work, 'BookSim2 on the same load', booksim(binary, rate, Math.max(10_000, cycles / 10)), 3, 1)
  })
  const perHop = (size: number, cycles: number): number => measure(uniform(size, 0.02, cycles, 'flitHops'), 3, 1)
  const small = perHop(8, 100_000)
  const large = perHop(64, 2000)
  rows.push({
    name: '64x64 mesh, uniform 0.02', unit: 'flit-hops/s', value: large, reference: 'the 8x8 mesh at 0.02', ratio: large / small,
  })
  const cycles = measure(uniform(64, 0.000_01, 200_000, 'cycles'), 3, 1)
  rows.push({
    name: '64x64 mesh, 4096 routers almost idle', unit: 'cycles/s', value: cycles, reference: 'a million cycles/s', ratio: cycles / 1e6,
  })
  return rows
}

await main(import.meta.url, networkBenchmarks)
