import { ACTION_COUNT, ACTION_INDEX } from '../../../isa/actions.js'
import { OPCODE } from '../../../isa/index.js'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Chip } from '../../../sim/chip/chip.js'
import { allCounts, coreResults } from '../../../sim/chip/measure.js'
import type { MachineImage } from '../../../sim/image.js'
import type { Network } from '../../../sim/network/index.js'
import { Random } from '../../../sim/random.js'
import type { ChipSpec } from '../../../sim/config/chip-spec.js'
import { completeChip } from '../../../sim/config/load-chip.js'
import { image, ints } from '../core/machine.js'
import type { CoreText } from '../core/machine.js'

/**
 * A CONSUME is stepped only in cycles in which it shows (sim/core/take.ts). The digests below were recorded while it was
 * stepped for every event, of everything that anybody can see of a run: messages, counters, traces, memories, links,
 * credits, and the state at a cycle limit in the middle of a train. Twenty random machines a digest. Those of machines whose
 * accumulators saturate were recorded again when saturation moved to the end of a train, and those of nine groups when trains of
 * more than 255 time steps stopped wrapping (with the old 8-bit count they are the old ones); all others never changed.
 */
const RECORDED: readonly string[] = [
  'e68f24e9306d9d88', '6d666c154321b0f6', '99d35c46280b1b1e', '054b435660f12019', 'b8041623db1330d7',
  '0950e76915468f02', 'e22b4bcc832e5c7a', '6e8176b648b9a5a7', 'd8bc2d43e0d5ea49', '4c56a7a35bc5a422',
  'a88e3c36d322ee9a', 'c28971460e02c6cf', 'aa588d44dcd35cb5', '3a3b8a48ea48bc82', '770ac8b373826d3b',
  '3c7ef2977f3d8cc3', '6c2679d01f41f543', '2bd3d067188d6876', '76ca8f295aed542b', 'd65db5a1d39da05b',
]

/** The same of machines all of whose rows are fetched on demand: through, or kept until a WLOAD. */
const RECORDED_ON_DEMAND: readonly string[] = [
  '355515b2ca8c0b39', 'ef1c0c62f6c5170a', '250605a59cd51fa3', 'be1df0097a8c500a', 'de33507471ed0a34',
  '778065d68526a19d', '2f868704acb9a745', 'd8d24a83540a4c20', '453485de103ffb1e', 'dee5822a99d54b26',
  'ba3299466a7e87cb', 'e2b94249a79fb02c',
]

interface Case {
  readonly spec: ChipSpec
  readonly image: MachineImage
  readonly kernels: 'simd' | 'plain'
  readonly cycleLimit: number
  readonly seed: number
}

type Draw = <T>(...choices: T[]) => T

/** Senders fire trains, with pauses, at receivers that take them one by one or together and send their sums on. */
function randomCase(seed: number, onDemand?: 'through' | 'kept'): Case {
  const random = new Random(seed)
  const pick: Draw = (...choices) => choices[random.below(choices.length)]!
  const senders = 1 + random.below(3)
  const receivers = 1 + random.below(3)
  const isBarrier = random.below(5) === 0
  const spec = randomSpec(random, pick, isBarrier)
  const inputs = 1 + random.below(80)
  const trains = 1 + random.below(4)
  const together = pick(true, false)
  const longest = pick(3, 7, 7, 20, 300)
  const density = pick(1, 2, 6)
  const tiles = Array.from({ length: receivers }, (_, n) => senders + n)
  let labels = 0
  const pause = (): string => {
    if (pick(true, false)) return ''
    return `LI r7, ${1 + random.below(pick(10, 300))}\np${labels}: LOOP r7, p${labels++}\n`
  }
  const sender = (): CoreText => {
    const fire = (train: number): string => {
      if (!isBarrier) return `FIRE r1, 0, ${train * inputs}, ${inputs}\n`
      return `s${labels}: STEP r1, 0, ${train * inputs}, ${inputs}\nBARRIER\nBNE r1, r0, s${labels++}\n`
    }
    const words = (): string => pick('', '', `SENDV 1, 0, ${1 + random.below(20)}\n`) // may stand behind events nobody takes
    const program = Array.from({ length: trains }, (_, train) => `${pause()}RECV 1, ${receivers}\n${fire(train)}ENDT r2, 0\n${words()}`)
    const counts = Array.from({ length: inputs * trains }, () => (
      random.below(density) === 0 ? (1 + random.below(longest)) * pick(1, -1) : 0
    ))
    const routes = [{ destinations: tiles }, { destinations: [tiles[0]!], address: 400, semaphore: 9 }]
    return { program: `${program.join('')}HALT`, routes, data: [ints(0, ...counts)] }
  }
  const { tile, operation, streamed } = randomEntry(random, pick, inputs)
  const receiver = (n: number): CoreText => {
    const all = Array.from({ length: senders }, (_, index) => index)
    const take = (): string => (together
      ? `${all.map((index) => `SIGNAL ${index}\n`).join('')}${pause()}CONSUME r3, 0, ${senders}\n`
      : all.map((index) => `SIGNAL ${index}\n${pause()}CONSUME r3, 0, 1\n`).join(''))
    const { outputs } = tile
    const open = (): string => (onDemand === 'kept' ? pick('', 'WLOAD 0\n') : '')
    const train = (): string => `${open()}${pick('', `CLRA 0, ${outputs}\n`)}${take()}ADD r4, r4, r3\nSENDA ${senders}, 0, ${outputs}\n`
    return {
      program: `${Array.from({ length: trains }, train).join('')}HALT`,
      axonTable: [{ tile, accumulator: random.below(3), weightAddress: 0, ...(onDemand ?? (streamed ? 'through' : undefined) ? { streamed: onDemand ?? 'through' } : {}), ...(operation === undefined ? {} : { operation }) }],
      routes: [
        ...all.map((index) => ({ destinations: [index], semaphore: 1 })),
        { destinations: [senders + receivers], address: 50 * n, mode: 'accumulate', semaphore: 2 },
      ],
    }
  }
  const cores = [
    ...Array.from({ length: senders }, sender), ...tiles.map((_, n) => receiver(n)),
    { program: `RECV 2, ${receivers + random.below(8)}\nHALT` }, // may be more than ever come: a deadlock
  ]
  return {
    spec, image: image(cores), kernels: pick('simd', 'plain'), seed: 1 + random.below(100),
    cycleLimit: random.below(3) === 0 ? 20 + random.below(4000) : 300_000,
  }
}

function randomSpec(random: Random, pick: Draw, isBarrier: boolean): ChipSpec {
  const multicast = pick('tree', 'unicast')
  const flitBits = pick(32, 64, 128, 256)
  const fifo = pick(4, 5, 8, 16, 64, 128)
  return completeChip({
    memory: { delivery: 'ideal', timing: 'flat' }, // as external memory was when the digests were recorded
    grid: { columns: 3 + random.below(2), rows: 1 + random.below(2), coresPerTile: 3 },
    network: {
      routing: pick('xy', 'yx', 'o1turn', multicast === 'unicast' ? 'odd-even' : 'west-first'), multicast, flitBits,
      virtualChannels: pick(2, 4), bufferFlits: pick(1, 2, 3, 8), hopCycles: pick(3, 4, 5), eventsPerPacket: pick(1, 2, 5, 12, 30),
      wordsPerPacket: pick(2, 8, 16), injectionQueueFlits: pick(4, 8, 32),
    },
    core: {
      spikeTrain: isBarrier ? 'unrolled' : pick('burst', 'unrolled'), spikeFifoEvents: Math.max(fifo, flitBits / 16),
      lanes: pick(1, 2, 8, 64), weightBanks: pick(1, 4), weightBankBits: pick(16, 64), weightReuse: pick('per-train', 'per-spike'),
      accumulatorBits: pick(24, 24, 24, 16, 12, 10), overflow: pick('trap', 'saturate'),
    },
    sync: { mode: isBarrier ? 'barrier' : 'dataflow' },
    dram: { streaming: 'row', gigabytesPerSecond: pick(1, 20) },
  })
}

function randomEntry(random: Random, pick: Draw, inputs: number) {
  const bits = pick(4, 4, 8)
  const limit = 2 ** (bits - 1) - 1
  const outputs = 1 + random.below(24)
  const weights = Int8Array.from({ length: inputs * outputs }, () => random.below(2 * limit + 1) - limit)
  const missing = random.below(25) === 0 && inputs > 1 ? 1 : 0 // an axon that the tile does not have
  return {
    tile: { weights, offset: 0, stride: outputs, inputs: inputs - missing, outputs, bits, limit },
    operation: pick(undefined, undefined, 'shiftedAddition' as const, 'multiplyAccumulate' as const),
    streamed: random.below(6) === 0,
  }
}

/**
 * What the last unit that keeps count had done of its instruction. The digests have one number for it, from when a core had one;
 * now every unit has its own, and the instruction under way, or the last one executed, says whose it was.
 */
function progressOf(core: Chip['cores'][number], trace: readonly number[][]): number {
  const done: Readonly<Record<number, number>> = {
    [OPCODE.FIRE]: core.encoder.examined, [OPCODE.STEP]: core.encoder.examined, [OPCODE.CONSUME]: core.intake.operations,
    [OPCODE.SENDA]: core.packetiser.words, [OPCODE.SENDV]: core.packetiser.words,
  }
  const before = trace.filter(([id]) => id === core.id).map(([, , opcode]) => opcode!)
  const begun = core.phase === 0 ? before : [...before, core.program.op[core.pc]!]
  const last = begun.findLast((opcode) => opcode in done)
  return last === undefined ? 0 : done[last]!
}

/** Everything that can be seen of a run. */
function seen({ spec, image: machine, kernels, seed, cycleLimit }: Case): { outcome: string; state: unknown } {
  const chip = new Chip(spec, machine, seed, { kernels })
  const trace: number[][] = []
  chip.traceTo({ begin: () => undefined, executed: (...row) => trace.push(row) })
  let outcome = 'done'
  try {
    chip.runPrograms({ cycleLimit })
  } catch (error) {
    outcome = (error as Error).message
  }
  const cores = chip.cores.map((core) => [
    core.pc, core.state, core.phase, progressOf(core, trace), core.intake.events, core.fifo.count, core.fifo.owed, core.fifo.markers,
    [...core.registers], [...core.semaphores], [...core.adders.accumulators], [...core.data.subarray(0, 600)],
  ])
  const { network } = chip
  return {
    outcome,
    state: [
      chip.now(), chip.finishedAt, chip.barriers, countsAsRecorded(chip), coreResults(chip, 1000).map(({ waits: _, ...row }) => row), chip.activity, trace, cores,
      network.flitHops, [...network.linkFlits()], receiveRoom(network),
    ],
  }
}

/** Flits of room in each endpoint's receive buffer. */
function receiveRoom({ routers, endpoints }: Network): number[] {
  return [...routers.m.subarray(routers.receiveFree, routers.receiveFree + endpoints)]
}

/** The actions that there were when the digests were recorded, in their order; these machines do no others. */
const RECORDED_ACTIONS = [
  'synapticAdd', 'mac', 'weightWordRead', 'weightWordWrite', 'accumulatorRead', 'accumulatorWrite', 'encoderStep',
  'spikeEmit', 'fp32Add', 'fp32Mul', 'fp32Special', 'intOp', 'dataWordRead', 'dataWordWrite', 'fifoPush',
  'fifoPop', 'axonLookup', 'packetFlit', 'instruction', 'scalarOp', 'semaphoreOp', 'barrierFlit', 'flitHop',
  'linkFlit', 'chipLinkFlit', 'dramBit',
] as const

function countsAsRecorded(chip: Chip): number[] {
  const counts = allCounts(chip)
  return chip.image.tags.flatMap((_, tag) => RECORDED_ACTIONS.map((name) => counts[tag * ACTION_COUNT + ACTION_INDEX[name]]!))
}

const MACHINES = 20

describe('a CONSUME that is stepped only where it shows', () => {
  const outcomes: string[] = []
  it.each(RECORDED.map((digest, group) => ({ digest, group })))('is seen as one stepped for each event: group $group', ({ digest, group }) => {
    const hash = createHash('sha256')
    for (let n = 0; n < MACHINES; n++) {
      const { outcome, state } = seen(randomCase(1000 + group * MACHINES + n))
      outcomes.push(outcome)
      hash.update(`${outcome}\n${JSON.stringify(state)}\n`)
    }
    expect(hash.digest('hex').slice(0, 16)).toBe(digest)
  })

  const onDemand = RECORDED_ON_DEMAND.map((digest, group) => ({ digest, group }))
  it.each(onDemand)('rows on demand, group $group', ({ digest, group }) => {
    const hash = createHash('sha256')
    for (let n = 0; n < MACHINES; n++) {
      const { outcome, state } = seen(randomCase(5000 + group * MACHINES + n, group % 2 === 0 ? 'through' : 'kept'))
      hash.update(`${outcome}\n${JSON.stringify(state)}\n`)
    }
    expect(hash.digest('hex').slice(0, 16)).toBe(digest)
  })

  it('on machines that end in every way', () => {
    for (const end of [/^done$/, /has not ended/, /past its \d+ bits/, /spike on axon/, /deadlock/]) {
      expect(outcomes.filter((outcome) => end.test(outcome)).length).toBeGreaterThan(2)
    }
  })
})
