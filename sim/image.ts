/**
 * The machine image: all that a chip is loaded with before a run. The compiler writes it, the chip
 * reads it; neither knows the other. Plain data.
 */

/** A rectangle of a weight matrix, a view on the quantized layer: no copy. */
export interface WeightTile {
  /** Integer weights, input-major: weight of input i and output j at [offset + i * stride + j]. */
  readonly weights: Int8Array
  readonly offset: number
  readonly stride: number
  readonly inputs: number
  readonly outputs: number
  /** Width of a stored weight. */
  readonly bits: number
  /** Largest magnitude a weight of this width can have. */
  readonly limit: number
  /** Of a shape, which has no weights to look at: the share of them that is zero. Default 0. */
  readonly zeroShare?: number
}

/** Where the rows of a spike train's axons lie, and which accumulators they add to. */
export interface AxonTableEntry {
  readonly tile: WeightTile
  /** First accumulator. */
  readonly accumulator: number
  /** Byte address in weight SRAM; entries that share bytes are loaded by WLOAD before use. */
  readonly weightAddress: number
  /**
   * Set if the tile is not brought in whole: the row of each spike is fetched from external memory when its event is in
   * the FIFO. It goes `through` the adder array and is gone, or is `kept` at the weight address until WLOAD opens
   * that place anew, so that later trains find it there. Default: the tile lies in weight SRAM.
   */
  readonly streamed?: 'through' | 'kept'
  /**
   * What one event costs an output: as many additions as its value, one for each bit of it, one product, or, in level order,
   * one addition whatever its value (`levels`). Default addition.
   */
  readonly operation?: 'addition' | 'shiftedAddition' | 'multiplyAccumulate' | 'levelAddition'
  /** Trains that come one after the other on the same weights, the tokens of a batch. Default 1. */
  readonly trains?: number
  /** Of level additions. */
  readonly levels?: LevelOrder
  /** What the accumulators start a train from, [outputs]: the correction of a binary train. Default 0. */
  readonly preload?: Int32Array
}

/**
 * Additions in level order: the row of a count q is added once, to a current that does not leak, at time step L - |q|; each
 * time step adds the currents to the membranes, so that after L steps these hold the sum of q times the rows. Each output
 * has two accumulators.
 */
export interface LevelOrder {
  /** L: the largest |q|. */
  readonly steps: number
  /** True if events come in the order of their time steps; else they wait, sorted by level, for the end of the train. */
  readonly isOrdered: boolean
}

/** What counts of 0 send: nothing; one event, at the end of a train that would be empty without it; an event each. */
export const ZEROS = { silent: 0, onceIfEmpty: 1, sent: 2 } as const

/** How integer counts become the events of a spike train, in numbers (docs/encodings.md; programs/encodings has the names). */
export interface TrainFormat {
  /** Added to every count before it is sent. */
  readonly offset: number
  /** Largest magnitude of one event's value; 0: what the chip's own trains carry (core.spikeTrain). */
  readonly cap: number
  /** How much of a count one spike stands for, in the statistics of spikes. */
  readonly spike: number
  /** One of ZEROS. */
  readonly zeros: number
  /** Bit planes that are sent one a time step, the most significant first, each bit a spike; 0: counts are no bits. */
  readonly planes: number
  /** Time steps of a train in level order, in which a count of q is sent whole in step levels - |q|; 0: in any other order. */
  readonly levels: number
}

/** The machine's own trains, ternary: |q| spikes of the sign of q. */
export const OWN_TRAIN: TrainFormat = { offset: 0, cap: 0, spike: 1, zeros: ZEROS.silent, planes: 0, levels: 0 }

/** How a word packet acts on the data SRAM it reaches. */
export type WriteMode = 'write' | 'accumulate'

/** A destination of SIGNAL, SENDV, SENDA, FIRE, STEP or ENDT. */
export interface RouteEntry {
  /** Endpoints reached: core indices, or the host (the index after the last core). */
  readonly destinations: readonly number[]
  /** Word address in the destination's data SRAM. */
  readonly address: number
  readonly mode: WriteMode
  /** Semaphore that the packet's tail increments; ignored for spikes. */
  readonly semaphore: number
  /** How counts are encoded that FIRE or STEP sends here. Default OWN_TRAIN. */
  readonly train?: TrainFormat
}

/** Initial contents of data SRAM. */
export interface DataSegment {
  readonly address: number
  readonly words: Float32Array | Int32Array
}

/** A buffer in external memory that one core uses. */
export interface ExternalBuffer {
  readonly words: number
  readonly initial?: Float32Array | Int32Array
}

/** Everything one core is loaded with. */
export interface CoreImage {
  readonly program: BigUint64Array
  /** Tag of each instruction: the operator it is counted under. */
  readonly tags: Uint16Array
  readonly axonTable: readonly AxonTableEntry[]
  readonly routes: readonly RouteEntry[]
  readonly data: readonly DataSegment[]
  /** Buffers in external memory, by the number DLD and DST name them with. */
  readonly external?: readonly ExternalBuffer[]
  /** Words of data SRAM that the program uses: only these are held in memory. Default: all the chip has. */
  readonly dataWords?: number
  /** What the core does, for reports: 'hub of layer 2', 'o 0..128 x 0..64'. */
  readonly roles: readonly string[]
}

/** What counters are booked under. Layer -1 is the whole model. */
export interface Tag {
  readonly operator: string
  readonly layer: number
}

/**
 * Statistics mode: QNT draws spike counts instead of computing them. By tag, the cumulative probability of a
 * count of at most k; an empty array leaves that operator computed.
 */
export interface SpikeDraws {
  readonly seed: number
  readonly cumulative: readonly Float64Array[]
}

/**
 * Replay: QNT takes recorded spike counts instead of computing them. By tag, the counts of one train after the other in the
 * order in which its core encodes them; undefined leaves that operator computed.
 */
export interface SpikeReplay {
  readonly counts: readonly (Int8Array | undefined)[]
}

export interface MachineImage {
  /** Present when the weights are a shape and spike counts are those of a recording. */
  readonly replay?: SpikeReplay
  /** Present when the weights are a shape and spike counts are drawn. */
  readonly draws?: SpikeDraws
  readonly cores: readonly CoreImage[]
  /** Present if dense trains travel without events, as values of so many bits in the order of their neurons. */
  readonly valueBits?: number
  readonly tags: readonly Tag[]
  /** Absent for programs that run by themselves. */
  readonly host?: HostPlan
}

/** How the host talks to the program: which core takes a token, where the logits arrive. */
export interface HostPlan {
  /**
   * Embedding tiles, in rounds (a core takes one train a round), each with its first token id: the owner of a
   * token gets one spike. On shared cores (`confirms`) the others get an empty train, so that they can go on.
   */
  readonly embedding: readonly (readonly { readonly cores: readonly number[]; readonly firstToken: number }[])[]
  /** True if every embedding tile signals that it has taken its train, before the next round or token. */
  readonly confirms: boolean
  readonly takenSemaphore: number
  /** Where the flag word goes (bit 0: logits wanted); in a batch, a word with the token's place in it follows. */
  readonly flag: RouteEntry
  /** Where a token's residual vector and flag word go, if the program begins behind the embedding. */
  readonly input?: RouteEntry
  /** Present if tokens go through the layers in batches. */
  readonly batch?: {
    /** Tokens of a batch, at most. */
    readonly tokens: number
    /** Sequences that run together, at most; each has logits of its own in host memory, one behind the other. */
    readonly sequences: number
    /** Position of the first token of every sequence. */
    readonly firstPosition: number
    /** Where a batch's header goes: number of tokens, then, with room for all, their sequences, positions, and logits flags. */
    readonly header: RouteEntry
    /** Host semaphore that goes up when a token's embedding was taken. */
    readonly embeddedSemaphore: number
  }
  /** Host semaphore that counts free places for a token; tokens are sent when it is positive. */
  readonly creditSemaphore: number
  /** Host semaphore that the end of each token increments. */
  readonly doneSemaphore: number
  /**
   * Word address of the logits (or of the residual vector, if the program ends before the head) in host memory, and the
   * semaphore and number of packets that complete them.
   */
  readonly logits: { readonly address: number; readonly length: number; readonly semaphore: number; readonly packets: number }
  /** Whether what leaves the program is logits. */
  readonly endsWithHead: boolean
  /** Tokens allowed in the machine at a time: 1 when units share cores. */
  readonly tokensInFlight: number
  /** Tags of what the host sends. */
  readonly tag: number
}

/** Words of host memory: the logits, of every sequence that runs together. */
export function hostWords({ logits, batch }: HostPlan): number {
  return logits.address + logits.length * (batch?.sequences ?? 1)
}
