import { refuseGiven } from './given.js'
import { refuseWorkers } from './workers.js'

const TRAFFIC = [
  'traffic', 'rate', 'packet-flits', 'fanout', 'hotspots', 'hotspot-fraction', 'warmup-periods', 'period-cycles', 'max-periods',
  'saturation-factor', 'sweep',
  'resolution', 'csv', 'svg',
]

interface Choices {
  readonly trace: string | undefined
  readonly sweep: boolean
  readonly traffic: string
  readonly topology: string
  readonly chipColumns: number
  readonly chipRows: number
  readonly hopCycles: number
  readonly speculative: boolean
  readonly log: string | undefined
  readonly workers: number
  readonly routing: string
  readonly queue: string | undefined
}

/** @throws UsageError for options of the network's traffic that the others leave without effect */
export function refuseIdleOptions(args: Choices): void {
  if (args.trace !== undefined) refuseGiven(args, TRAFFIC, 'the packets are those of --trace. Its figures come with --json, its packets with --log.')
  if (args.sweep) refuseGiven(args, ['rate', 'log'], '--sweep chooses the rates, and there would be a log at each.')
  else refuseGiven(args, ['resolution'], 'it is the resolution of --sweep.')
  if (args.traffic !== 'hotspot') refuseGiven(args, ['hotspots', 'hotspot-fraction'], `they are for --traffic hotspot, not ${args.traffic}.`)
  if (args.traffic !== 'multicast') refuseGiven(args, ['fanout'], `it is for --traffic multicast, not ${args.traffic}.`)
  if (args.topology !== 'table') refuseGiven(args, ['table'], `it is for --topology table, not ${args.topology}.`)
  else refuseGiven(args, ['faulty-links', 'faulty-routers'], 'a table lists the links that work.')
  if (args.log === undefined) refuseGiven(args, ['log-packets'], 'it is for --log.')
  if (args.hopCycles !== 4) refuseGiven(args, ['speculative'], `it says how 4 cycles a hop are reached, not ${args.hopCycles}.`)
  if (!args.sweep) refuseWorkers(args, 'needs --sweep: a single rate, or a trace, is one simulation.')
  if (args.chipColumns * args.chipRows === 1) {
    refuseGiven(args, ['chip-link-cycles', 'chip-link-cycles-per-flit'], 'there is one chip. Give --chip-columns or --chip-rows.')
  }
}
