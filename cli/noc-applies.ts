import { refuseGiven } from './given.js'

const TRAFFIC = [
  'traffic', 'rate', 'packet-flits', 'fanout', 'hotspots', 'hotspot-fraction', 'warmup-periods', 'period-cycles', 'max-periods', 'sweep',
  'resolution', 'csv', 'svg',
]

interface Choices {
  readonly trace: string | undefined
  readonly sweep: boolean
  readonly traffic: string
  readonly topology: string
  readonly chipColumns: number
  readonly chipRows: number
}

/** @throws UsageError for options of the network's traffic that the others leave without effect */
export function refuseIdleOptions(args: Choices): void {
  if (args.trace !== undefined) refuseGiven(args, TRAFFIC, 'the packets are those of --trace. Its figures come with --json, its packets with --log.')
  if (args.sweep) refuseGiven(args, ['rate'], '--sweep chooses the rates.')
  else refuseGiven(args, ['resolution'], 'it is the resolution of --sweep.')
  if (args.traffic !== 'hotspot') refuseGiven(args, ['hotspots', 'hotspot-fraction'], `they are for --traffic hotspot, not ${args.traffic}.`)
  if (args.traffic !== 'multicast') refuseGiven(args, ['fanout'], `it is for --traffic multicast, not ${args.traffic}.`)
  if (args.chipColumns * args.chipRows === 1) {
    refuseGiven(args, ['chip-link-cycles', 'chip-link-cycles-per-flit'], 'there is one chip. Give --chip-columns or --chip-rows.')
  }
}
