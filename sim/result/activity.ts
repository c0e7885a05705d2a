import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import type { Tag } from '../image.js'
import type { OperatorActivity } from './schema.js'

/** Sums over the trains of one tag. */
export interface TrainSums {
  readonly activations: number
  readonly spikes: number
  readonly trains: number
  readonly timeSteps: number
  readonly slots: number
}

/** Operators whose trains encode no activations: a token's embedding is one spike by definition. */
const UNENCODED = new Set(['embedding'])

/** Activity per operator and layer, for the tags that sent trains. */
export function activityByOperator(tags: readonly Tag[], sums: readonly TrainSums[], counts: Float64Array): OperatorActivity[] {
  return tags.flatMap((tag, index): OperatorActivity[] => {
    const { activations, spikes, trains, timeSteps, slots } = sums[index]!
    if (trains === 0) return []
    return [{
      operator: tag.operator, layer: tag.layer, activations, spikes,
      spikesPerActivation: ratio(spikes, activations),
      firingRate: ratio(spikes, slots),
      timeSteps: ratio(timeSteps, trains),
      synapticAdditions: counts[index * ACTION_COUNT + ACTION_INDEX.synapticAdd]!,
    }]
  })
}

/** Activity of the whole run. Rates are over encoded activations: the embedding's spikes are not among them. */
export function totalActivity(tags: readonly Tag[], sums: readonly TrainSums[]): { spikes: number; firingRate: number; spikesPerActivation: number } {
  let spikes = 0
  let activations = 0
  let slots = 0
  tags.forEach((tag, index) => {
    if (UNENCODED.has(tag.operator)) return
    spikes += sums[index]!.spikes
    activations += sums[index]!.activations
    slots += sums[index]!.slots
  })
  return { spikes, firingRate: ratio(spikes, slots), spikesPerActivation: ratio(spikes, activations) }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
