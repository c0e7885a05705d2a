import { z } from 'zod'
import { CORE_KINDS } from './core-kinds.js'
import { ROUTINGS, TOPOLOGIES } from '../fabric/index.js'
import { ZERO_WEIGHTS } from './weight-rows.js'

/**
 * The chip schema: the one description of a chip that everything else derives from (defaults, checks,
 * the published JSON Schema, the reference table in docs). Units stand in the key names.
 */

const integer = (min: number, max: number, fallback: number, meaning: string) =>
  z.number().int().min(min).max(max).default(fallback).describe(meaning)
const real = (min: number, max: number, fallback: number, meaning: string) =>
  z.number().min(min).max(max).default(fallback).describe(meaning)
const optionalReal = (min: number, max: number, meaning: string) =>
  z.number().min(min).max(max).optional().describe(meaning)

/** The links and routes of an irregular network; its routers are the tiles of the grid, numbered along the rows. */
export const tableSchema = z.strictObject({
  links: z.array(z.strictObject({
    from: z.number().int().min(0).describe('tile at one end'),
    to: z.number().int().min(0).describe('tile at the other end'),
    cycles: integer(1, 1024, 1, 'cycles a flit spends on the link'),
    bits: z.number().int().min(1).max(512).optional().describe('width; a link narrower than a flit carries one every few cycles'),
  })).min(1).max(8192).describe('links between tiles, each both ways'),
  routes: z.union([z.enum(['shortest', 'up-down']), z.array(z.array(z.number().int().min(-1)))]).default('up-down').describe(
    'shortest paths, paths that go up and down a spanning tree, or for each tile the next one towards each tile'),
})

const grid = z.strictObject({
  columns: integer(1, 256, 8, 'tiles in a row'),
  rows: integer(1, 256, 8, 'rows of tiles'),
  topology: z.enum(TOPOLOGIES).default('mesh').describe('how tiles are joined'),
  table: tableSchema.optional().describe('with topology table: links and routes'),
  coresPerTile: integer(1, 4, 1, 'cores that share one router'),
  tilePitchMm: optionalReal(0.01, 100, 'side of a tile, millimetres; not given: follows from its area'),
})

const network = z.strictObject({
  routing: z.enum(ROUTINGS).default('xy').describe('routing function'),
  virtualChannels: integer(1, 16, 4, 'virtual channels per input port'),
  bufferFlits: integer(1, 256, 8, 'buffer depth of one virtual channel, flits'),
  hopCycles: z.union([z.literal(3), z.literal(4), z.literal(5)]).default(3).describe('router pipeline plus link, cycles a hop'),
  flitBits: integer(32, 512, 64, 'flit width, bits'),
  multicast: z.enum(['tree', 'unicast']).default('tree').describe('one packet that branches in the routers, or one packet per destination'),
  eventsPerPacket: integer(1, 256, 12, 'spike events bundled under one header; 1 is plain address events'),
  wordsPerPacket: integer(2, 256, 16, '32-bit words in one vector or partial-sum packet'),
  injectionQueueFlits: integer(4, 4096, 32, 'flits a core may have waiting to enter its router'),
})

const core = z.strictObject({
  kind: z.enum(CORE_KINDS).default('adder-array').describe(
    'what the cores\' arrays do: add weight rows for each spike; multiply and accumulate in lanes that skip zeros; the same in lanes that take all activations, packed, without events; or in a weight-stationary systolic array'),
  lanes: integer(1, 4096, 64, 'signed adders that work in parallel on one weight row'),
  arrayRows: integer(1, 4096, 16, 'of a systolic array: rows of processing elements, of which it has as many as `lanes`'),
  accumulators: integer(1, 8192, 512, 'membrane accumulators, which bounds the outputs of one weight tile'),
  accumulatorBits: integer(8, 31, 24, 'width of an accumulator, two\'s complement'),
  overflow: z.enum(['trap', 'saturate']).default('trap').describe('what an accumulator does past its width; saturate: the sum of a train is cut to the width when the train is over'),
  weightSramKiB: real(0.25, 65536, 32, 'weight memory of one core'),
  weightBanks: integer(1, 16384, 8, 'banks of the weight memory, read in the same cycle'),
  weightWires: z.enum(['none', 'charged']).default('none').describe(
    'wires between the banks of the weight memory and the lanes: left out, or half the side of the banks that share a word of the row'),
  weightBankBits: integer(8, 512, 64, 'width of one bank word, bits'),
  sramCell: z.enum(['low-leakage', 'high-performance']).default('low-leakage').describe('flavour of all SRAM cells: slow and low in leakage, or fast'),
  // 512 KiB is what the 17-bit word addresses of the instruction set reach.
  dataSramKiB: real(0.25, 512, 64, 'data memory of one core: vectors, partial sums, KV cache'),
  dataSramBanks: integer(1, 64, 4, 'banks of the data memory: smaller ones are faster and cost less a word'),
  dataSramBankBits: z.number().int().min(32).max(256).multipleOf(32).optional().describe(
    'width of a row of a bank of the data memory; not given: the wider of vector unit and flit, at most 256'),
  dataSramPorts: z.enum(['single', 'ideal']).default('single').describe(
    'each bank of the data memory reads or writes one row a cycle; or any number of accesses a cycle: an idealisation'),
  vectorLanes: integer(1, 1024, 16, '32-bit lanes of the vector unit'),
  encoderLanes: integer(1, 1024, 16, 'neurons the encoder examines in a cycle'),
  spikeFifoEvents: integer(4, 65536, 64, 'spike events that wait at the adder array'),
  programWords: integer(16, 65536, 4096, 'instruction memory, 64-bit words'),
  spikeTrain: z.enum(['burst', 'unrolled']).default('burst').describe('a spike train as one event with its length, or one event a spike'),
  zeroWeights: z.enum(ZERO_WEIGHTS).default('paid').describe(
    'weights that are zero: added like any other; read, but nothing switches for them; or skipped, by a mask of one bit a weight'),
  weightReuse: z.enum(['per-train', 'per-spike']).default('per-train').describe('read a weight row once a burst and add it |q| times, or read it for each spike'),
})

const span = (meaning: string) => z.tuple([z.number().int().min(0), z.number().int().min(0)]).describe(meaning)

/** A rectangle of tiles whose cores are of another kind; their sizes are those of `core`, so that any program runs on any. */
const standing = z.strictObject({
  kind: z.enum(CORE_KINDS).describe('as core.kind'),
  columns: span('first and last column of tiles'),
  rows: span('first and last row of tiles'),
})

const sync = z.strictObject({
  mode: z.enum(['dataflow', 'barrier']).default('dataflow').describe('end-of-train markers per token, or a global time-step wave'),
  barrierCycles: integer(0, 1_000_000, 8, 'fixed cost of one barrier, cycles'),
  barrierCyclesPerHop: integer(0, 1000, 2, 'cost of one barrier wave per hop of the grid\'s diameter, cycles'),
})

const dram = z.strictObject({
  kind: z.enum(['none', 'lpddr5', 'hbm3', 'ddr4']).default('lpddr5').describe('external memory that weights are reloaded from'),
  gigabytesPerSecond: real(0.01, 100_000, 25.6, 'bandwidth, shared by all cores'),
  latencyNs: real(0, 100_000, 100, 'from request to first burst'),
  burstBytes: integer(8, 4096, 64, 'smallest transfer'),
  streaming: z.enum(['tile', 'row']).default('tile').describe(
    'weights that do not stay on the chip: whole tiles ahead of time, double-buffered, or the rows of spikes on demand'),
})

const memoryPort = z.strictObject({
  column: z.number().int().min(0).max(16383).describe('tile column of a memory port'),
  row: z.number().int().min(0).max(16383).describe('tile row of a memory port'),
})

const memory = z.strictObject({
  delivery: z.enum(['network', 'ideal']).default('network').describe(
    'external memory reaches cores over a network of its own; or at once, at any bandwidth: an idealisation'),
  ports: z.array(memoryPort).max(4096).default([]).describe(
    'tiles where the memory network meets external memory; none given: as many as the bandwidth needs, on two edges'),
  linkBits: integer(32, 4096, 256, 'width of a link of the memory network and of a memory port, bits'),
  timing: z.enum(['banks', 'flat']).default('banks').describe('channels with pages, banks and refresh; or a latency and a bandwidth alone'),
  interleaveBytes: integer(32, 65536, 256, 'neighbouring bytes in one memory channel'),
  windowBursts: integer(8, 256, 64, 'bursts that a channel\'s controller considers at once'),
})

const system = z.strictObject({
  chipColumns: integer(1, 64, 1, 'chips in a row; the grid is repeated in each'),
  chipRows: integer(1, 64, 1, 'rows of chips'),
  linkCycles: integer(1, 1024, 8, 'cycles a flit spends between chips'),
  linkCyclesPerFlit: integer(1, 256, 1, 'cycles between two flits on a link between chips'),
})

export const chipSpecSchema = z.strictObject({
  name: z.string().min(1).default('custom').describe('name in reports'),
  description: z.string().default('').describe('one line for people'),
  clockMHz: real(1, 10_000, 500, 'clock of cores and routers'),
  technologyNm: z.union([z.literal(45), z.literal(28), z.literal(22), z.literal(16), z.literal(7)]).default(28)
    .describe('technology node the prices are taken at'),
  voltage: optionalReal(0.4, 1.2, 'supply, volts; not given: the node\'s nominal one (0.9 at 45 and 28 nm, 0.8 at 22 and 16, 0.7 at 7)'),
  temperatureC: real(-40, 125, 77, 'temperature of the silicon: leakage doubles every 16 degrees; 77 is the 350 K of its sources'),
  clockGating: real(0, 1, 0.98, 'share of the clock of idle cores and routers that gating stops; of busy ones 0.6 of that share'),
  idleMemory: z.enum(['on', 'retention']).default('retention').describe('SRAM of a core that waits: as it is, or at a voltage that just keeps its contents'),
  unusedCores: z.enum(['on', 'off']).default('off').describe('cores without a program: powered, or cut off'),
  powerDensityLimit: real(0.001, 10, 0.5, 'watts a square millimetre above which a result warns'),
  grid: grid.prefault({}),
  network: network.prefault({}),
  core: core.prefault({}),
  cores: z.array(standing).max(4096).default([]).describe('where cores of other kinds stand; of entries that overlap, the last counts'),
  sync: sync.prefault({}),
  dram: dram.prefault({}),
  memory: memory.prefault({}),
  system: system.prefault({}),
  prices: z.record(z.string(), z.number().min(0)).default({}).describe('price overrides: action or static price name to pJ (or uW)'),
})

export type ChipSpec = z.infer<typeof chipSpecSchema>
/** What a chip file may hold: every key optional. */
export type ChipSpecInput = z.input<typeof chipSpecSchema>

/** The default chip: every key at its default. */
export function defaultChipSpec(): ChipSpec {
  return chipSpecSchema.parse({})
}
