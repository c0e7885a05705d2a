import type { Dimension, Settings, Value } from '../plan/types.js'

/** All combinations, the last key changing first. */
export function * grid(dimensions: readonly Dimension[]): Generator<Settings> {
  const levels = dimensions.map((dimension) => (dimension.kind === 'levels' ? dimension.values : []))
  const total = levels.reduce((product, values) => product * values.length, 1)
  for (let at = 0; at < total; at++) {
    let rest = at
    const chosen: Value[] = []
    for (let d = levels.length - 1; d >= 0; d--) {
      chosen[d] = levels[d]![rest % levels[d]!.length]!
      rest = Math.floor(rest / levels[d]!.length)
    }
    yield Object.fromEntries(dimensions.map(({ key }, d) => [key.name, chosen[d]!]))
  }
}
