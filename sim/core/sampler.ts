import { SimulationError } from '../errors.js'
import type { SpikeDraws, SpikeReplay } from '../image.js'
import { Random } from '../random.js'

/** Where a core's spike counts come from when its weights are a shape. */
export interface SpikeSource {
  /** True if counts of this tag come from here. */
  covers(tag: number): boolean
  /** Fills counts [at, at + length), none larger than `limit`. */
  fill(counts: Int32Array, at: number, length: number, tag: number, limit: number): void
  /** Which of `values` [at, at + length) a router takes, of those that are not negative. */
  choose(values: Float32Array, at: number, length: number): number
}

/** Draws spike counts for one core in statistics mode; the sign is a fair coin. */
export class SpikeSampler implements SpikeSource {
  private readonly draws: SpikeDraws
  private readonly random: Random

  constructor(draws: SpikeDraws, core: number) {
    this.draws = draws
    this.random = new Random((Math.imul(draws.seed, 0x9e3779b1) ^ core) >>> 0)
  }

  /** True if counts of this tag are drawn. */
  covers(tag: number): boolean {
    return this.draws.cumulative[tag]!.length > 0
  }

  /** Fills counts [at, at + length), none larger than `limit`. */
  fill(counts: Int32Array, at: number, length: number, tag: number, limit: number): void {
    const cumulative = this.draws.cumulative[tag]!
    const last = Math.min(limit, cumulative.length - 1)
    const random = this.random
    for (let i = at; i < at + length; i++) {
      const bits = random.uint32()
      const u = (bits >>> 1) / 2147483648
      let count = 0
      while (count < last && u >= cumulative[count]!) count++
      counts[i] = (bits & 1) === 0 ? count : -count
    }
  }

  /** Uniform over those that were not taken: trained routers are held to use their experts alike. */
  choose(values: Float32Array, at: number, length: number): number {
    let left = 0
    for (let i = 0; i < length; i++) if (values[at + i]! >= 0) left++
    let rest = Math.floor((this.random.uint32() / 4294967296) * left)
    for (let i = 0; i < length; i++) if (values[at + i]! >= 0 && rest-- === 0) return i
    throw new SimulationError('a router chooses more experts than there are')
  }
}

/** Gives one core the counts of a recording, in their order. All trains of a tag are encoded by one core. */
export class SpikeReplayer implements SpikeSource {
  private readonly replay: SpikeReplay
  private readonly taken: Float64Array

  constructor(replay: SpikeReplay) {
    this.replay = replay
    this.taken = new Float64Array(replay.counts.length)
  }

  covers(tag: number): boolean {
    return this.replay.counts[tag] !== undefined
  }

  /** @throws SimulationError when the recording has ended, or has a count that the encoder cannot make */
  fill(counts: Int32Array, at: number, length: number, tag: number, limit: number): void {
    const recorded = this.replay.counts[tag]!
    const from = this.taken[tag]!
    if (from + length > recorded.length) throw new SimulationError(`the recorded spikes of tag ${tag} end at count ${recorded.length}`)
    for (let i = 0; i < length; i++) {
      const count = recorded[from + i]!
      if (count > limit || count < -limit) throw new SimulationError(`a recorded count is ${count}, the encoder's limit is ${limit}`)
      counts[at + i] = count
    }
    this.taken[tag] = from + length
  }

  choose(): number {
    throw new SimulationError('a recording of spikes does not say which experts were chosen')
  }
}
