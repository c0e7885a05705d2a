import { exp32 } from '../../sim/numerics.js'
import { Random } from '../../sim/random.js'

/** Chooses the next token from logits: the likeliest, or a seeded sample at a temperature. */
export class Chooser {
  private readonly random: Random
  private readonly temperature: number

  /** @param temperature 0 takes the likeliest (the first of equals) */
  constructor(seed: number, temperature: number) {
    this.random = new Random(seed)
    this.temperature = temperature
  }

  choose(logits: Float32Array): number {
    let best = 0
    for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id
    if (this.temperature === 0) return best
    const weights = Float64Array.from(logits, (logit) => exp32((logit - logits[best]!) / this.temperature))
    let rest = this.random.uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    for (let id = 0; id < weights.length; id++) {
      rest -= weights[id]!
      if (rest < 0) return id
    }
    return best
  }
}
