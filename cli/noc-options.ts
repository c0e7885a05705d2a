import type { Argv, Options } from 'yargs'
import { InputError } from '../sim/errors.js'
import { ROUTINGS, TOPOLOGIES } from '../sim/fabric/index.js'
import { WORKERS } from './workers.js'

/** What `noc` does: measure one rate, find saturation, or replay a trace. An option that a mode ignores is refused there. */
type Mode = 'rate' | 'sweep' | 'trace'
const MODE_WORDS: Readonly<Record<Mode, string>> = {
  rate: 'a single rate', sweep: '--sweep', trace: '--trace',
}
const ALL: readonly Mode[] = ['rate', 'sweep', 'trace']
const SYNTHETIC: readonly Mode[] = ['rate', 'sweep']

interface NocOption {
  readonly type: 'number' | 'string' | 'boolean'
  readonly describe: string
  /** The value when the option is not given; yargs is not told, so that what was given can be told from what was not. */
  readonly fallback?: number | string | boolean
  readonly choices?: readonly string[]
  /** Least and most, integers only. */
  readonly range?: readonly [number, number]
  readonly modes: readonly Mode[]
  /** Why the other modes have no use for it. */
  readonly why?: string
}

const TRACE_SAYS = 'a trace says when which packets are sent'

const OPTIONS = {
  topology: { type: 'string', choices: TOPOLOGIES, fallback: 'mesh', describe: 'how routers are joined', modes: ALL },
  columns: { type: 'number', fallback: 8, describe: 'routers in a row', modes: ALL },
  rows: { type: 'number', fallback: 8, describe: 'rows of routers', modes: ALL },
  concentration: { type: 'number', fallback: 1, describe: 'nodes on a router, 1 to 4', modes: ALL },
  routing: { type: 'string', choices: ROUTINGS, fallback: 'xy', describe: 'routing function', modes: ALL },
  vcs: { type: 'number', fallback: 4, describe: 'virtual channels of an input port, 1 to 16', modes: ALL },
  buffer: { type: 'number', fallback: 8, describe: 'flits a virtual channel buffers', modes: ALL },
  hopCycles: { type: 'number', fallback: 5, describe: 'cycles from router to router: 3, 4 or 5', modes: ALL },
  speculative: { type: 'boolean', fallback: false, describe: 'with 4 cycles: bid for VC and switch at once, instead of routing ahead', modes: ALL },
  linkCycles: { type: 'number', fallback: 1, describe: 'cycles on a link', modes: ALL },
  chipColumns: { type: 'number', fallback: 1, describe: 'chips in a row that share the columns', modes: ALL },
  chipRows: { type: 'number', fallback: 1, describe: 'rows of chips that share the rows', modes: ALL },
  chipLinkCycles: { type: 'number', fallback: 8, describe: 'cycles on a link between chips', modes: ALL },
  chipLinkCyclesPerFlit: { type: 'number', fallback: 1, describe: 'cycles between flits on such a link', modes: ALL },
  multicast: { type: 'string', choices: ['tree', 'unicast'], fallback: 'tree', describe: 'branch in the routers, or repeat', modes: ALL },
  ordered: { type: 'boolean', fallback: false, describe: 'keep each flow in order: one virtual channel per flow', modes: ALL },
  traffic: {
    type: 'string', fallback: 'uniform', modes: SYNTHETIC, why: TRACE_SAYS,
    describe: 'uniform, transpose, tornado, bit-complement, bit-reverse, shuffle, neighbor, hotspot or multicast',
  },
  rate: { type: 'number', fallback: 0.1, describe: 'offered flits per node and cycle', modes: ['rate'], why: 'the rates are not yours to choose' },
  packetFlits: { type: 'number', fallback: 1, describe: 'flits of a packet', modes: SYNTHETIC, why: TRACE_SAYS },
  fanout: { type: 'number', fallback: 4, describe: 'destinations of a multicast packet', modes: SYNTHETIC, why: TRACE_SAYS },
  hotspots: { type: 'string', describe: 'hotspot nodes, as 27,36 (default: one in the middle)', modes: SYNTHETIC, why: TRACE_SAYS },
  hotspotFraction: { type: 'number', fallback: 1, describe: 'share of packets that go to a hotspot', modes: SYNTHETIC, why: TRACE_SAYS },
  seed: { type: 'number', fallback: 1, range: [0, 2 ** 32 - 1], describe: 'seed of traffic and routing choices', modes: ALL },
  warmupPeriods: { type: 'number', fallback: 3, range: [0, 10_000], describe: 'sample periods before measuring', modes: SYNTHETIC, why: TRACE_SAYS },
  periodCycles: { type: 'number', fallback: 3000, range: [1, 10_000_000], describe: 'cycles of a sample period', modes: SYNTHETIC, why: TRACE_SAYS },
  maxPeriods: {
    type: 'number', fallback: 20, range: [1, 10_000], describe: 'periods within which the mean must settle', modes: SYNTHETIC, why: TRACE_SAYS,
  },
  saturationFactor: {
    type: 'number', fallback: 15, modes: SYNTHETIC, why: 'what is replayed ends',
    describe: 'saturated: mean latency above so many times that of the same packets in an empty network',
  },
  sweep: { type: 'boolean', fallback: false, describe: 'find zero-load latency and saturation by bisection', modes: SYNTHETIC, why: TRACE_SAYS },
  resolution: {
    type: 'number', fallback: 0.005, describe: 'with --sweep: width of the saturation bracket, flits per node and cycle', modes: ['sweep'],
    why: 'there is no bracket to narrow',
  },
  trace: { type: 'string', describe: 'replay this CSV: cycle,source,destinations,flits[,id,after]', modes: ['trace'] },
  log: { type: 'string', describe: 'write each packet\'s path and waits to this file (JSON lines)', modes: ['rate', 'trace'], why: 'there would be one at every rate' },
  logPackets: {
    type: 'number', fallback: 10_000, range: [1, 1_000_000], modes: ['rate', 'trace'], why: 'nothing is logged',
    describe: 'with --log: packets logged at most, the first that are measured',
  },
  csv: { type: 'string', describe: 'write results to this CSV file', modes: SYNTHETIC, why: 'what a trace gives is in --json and --log' },
  svg: {
    type: 'string', describe: 'write link-heat.svg, and with --sweep latency-load.svg, into this folder', modes: SYNTHETIC,
    why: 'what a trace gives is in --json and --log',
  },
  json: { type: 'boolean', fallback: false, describe: 'print the result as JSON only', modes: ALL },
} as const satisfies Record<string, NocOption>

type Name = keyof typeof OPTIONS
type ValueOf<Option> = Option extends { readonly choices: readonly (infer Choice)[] } ? Choice
  : Option extends { readonly type: 'number' } ? number : Option extends { readonly type: 'boolean' } ? boolean : string
/** All options, those with a default filled in. */
export type NocArguments = {
  -readonly [K in Name]: ValueOf<(typeof OPTIONS)[K]> | ((typeof OPTIONS)[K] extends { readonly fallback: unknown } ? never : undefined)
} & { workers: number }
/** What was typed. */
export type GivenOptions = { readonly [K in Name]?: unknown } & { readonly workers: number }

const NAMES = Object.keys(OPTIONS) as Name[]
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const optionOf = (name: Name): NocOption => OPTIONS[name]

/** Declares the options to yargs. */
export function nocOptions(parser: Argv): Argv {
  for (const name of NAMES) {
    const { type, describe, fallback, choices } = optionOf(name)
    const shown: Options = { type, describe }
    if (fallback !== undefined) shown.defaultDescription = String(fallback)
    if (choices) shown.choices = choices
    parser.option(kebab(name), shown)
  }
  return parser.option('workers', { ...WORKERS, describe: `with --sweep: ${WORKERS.describe}` })
}

/** What an option is only good for, beyond the mode: another option's value. */
function refuseUnused(given: GivenOptions, args: NocArguments): void {
  const needs = (name: Name, holds: boolean, what: string): void => {
    if (given[name] !== undefined && !holds) throw new InputError(`--${kebab(name)} ${String(given[name])} has no effect without ${what}.`)
  }
  needs('fanout', args.traffic === 'multicast', '--traffic multicast')
  needs('hotspots', args.traffic === 'hotspot', '--traffic hotspot')
  needs('hotspotFraction', args.traffic === 'hotspot', '--traffic hotspot')
  needs('logPackets', args.log !== undefined, '--log FILE')
  const chips = args.chipColumns > 1 || args.chipRows > 1
  needs('chipLinkCycles', chips, '--chip-columns or --chip-rows above 1')
  needs('chipLinkCyclesPerFlit', chips, '--chip-columns or --chip-rows above 1')
  if (given.speculative === true && args.hopCycles !== 4) {
    throw new InputError(`--speculative says how 4 cycles a hop are reached; --hop-cycles is ${args.hopCycles}, where nothing is left to choose.`)
  }
  if (args.workers !== 1 && !args.sweep) {
    throw new InputError(`--workers ${args.workers} needs --sweep: a single rate, or a trace, is one simulation.`)
  }
}

/**
 * The options with their defaults.
 * @throws InputError for a number out of its range, and for an option that does not apply to what is asked for
 */
export function nocArguments(given: GivenOptions): NocArguments {
  const mode: Mode = given.trace !== undefined ? 'trace' : given.sweep === true ? 'sweep' : 'rate'
  const values: Partial<Record<Name, unknown>> = {}
  for (const name of NAMES) {
    const { fallback, range, modes, why } = optionOf(name)
    const value = given[name]
    values[name] = value ?? fallback
    if (value === undefined) continue
    if (!modes.includes(mode) && value !== false) {
      throw new InputError(`--${kebab(name)} does not go with ${MODE_WORDS[mode]}${why === undefined ? '' : `: ${why}`}. It goes with ` +
        `${modes.map((other) => MODE_WORDS[other]).join(' and ')}.`)
    }
    if (range && !(Number.isInteger(value) && Number(value) >= range[0] && Number(value) <= range[1])) {
      const nearest = Math.min(range[1], Math.max(range[0], Math.round(Number(value))))
      throw new InputError(`--${kebab(name)} ${String(value)} is not an integer from ${range[0]} to ${range[1]}; nearest is ${nearest}.`)
    }
  }
  const args = { ...values, workers: given.workers } as NocArguments
  refuseUnused(given, args)
  checkPeriods(args)
  return args
}

function checkPeriods({ maxPeriods, warmupPeriods, resolution, saturationFactor }: NocArguments): void {
  if (maxPeriods < warmupPeriods + 3) {
    throw new InputError(
      `--max-periods ${maxPeriods} leaves no three periods to measure after ${warmupPeriods} of warm-up; ` +
      `at least ${warmupPeriods + 3} are needed.`)
  }
  if (!(resolution >= 1e-6 && resolution < 1)) throw new InputError(`--resolution ${resolution} is not between 0.000001 and 1.`)
  if (!(saturationFactor > 1 && saturationFactor <= 1e6)) throw new InputError(`--saturation-factor ${saturationFactor} is not above 1 and at most 1000000.`)
}

/**
 * A list of nodes, as 27,36.
 * @throws InputError for an empty entry, or one that is no node's number
 */
export function nodeList(text: string, option: string): number[] {
  return text.split(',').map((entry, index) => {
    if (/^\s*\d{1,9}\s*$/.test(entry)) return Number(entry)
    throw new InputError(`${option} ${text}: entry ${index + 1}, '${entry.trim()}', is not a node's number. Nodes are separated by single commas, as 27,36.`)
  })
}
