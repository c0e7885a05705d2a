import { energyAt } from './equal-quality.js'
import type { QualityPoint } from './equal-quality.js'
import { short, table } from './tables.js'

/** Energy of every rival at the same perplexities: those that SpikingBrain's and SpikeLLM's own settings reach, and 4 bits'. */
export function equalQualityTable(points: readonly QualityPoint[]): string {
  const rivals = [...new Set(points.map(({ rival }) => rival))]
  const at = (rival: string, setting: string): number => points.find((point) => point.rival === rival && point.setting === setting)!.perplexity
  const levels = [
    ['SpikingBrain\'s, k = 3', at('SpikingBrain, bits', 'k = 3')], ['SpikeLLM\'s, T=2', at('SpikeLLM', 'T=2')], ['4 bits\'', at('ternary', '4 bits')],
  ] as const
  return table(['nJ a token', ...levels.map(([name, perplexity]) => `at ${name}: ${perplexity.toFixed(2)}`)], rivals.map((rival) => [
    rival, ...levels.map(([, perplexity]) => {
      const nanoJoules = energyAt(points, rival, perplexity)
      return nanoJoules === undefined ? 'out of its range' : short(nanoJoules)
    }),
  ]))
}
