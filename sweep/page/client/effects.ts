import type { Axis, Cell, Model } from './model.js'
import { spoken } from './model.js'
import { onceAFrame } from './paint.js'

/** Bins of a key that has too many values to be listed. */
const BINS = 6

interface Effect {
  readonly axis: Axis
  readonly rows: readonly { readonly name: string; readonly mean: number; readonly points: number }[]
  /** Largest mean over the smallest. */
  readonly ratio: number
}

/** The mean of an objective at each value of a key, over the points that are selected. */
function effectOf(model: Model, axis: Axis, objective: Axis): Effect {
  const { levels, low, high } = axis
  const bins = levels?.length ?? BINS
  const sums = new Float64Array(bins)
  const counts = new Int32Array(bins)
  for (let at = 0; at < model.count; at++) {
    const [value, place] = [objective.values[at], axis.places[at]!]
    if (typeof value !== 'number' || model.active[at] === 0 || Number.isNaN(place) || 'bx'.includes(model.data.states[at]!)) continue
    const bin = Math.min(bins - 1, levels === undefined ? Math.floor(place * bins) : Math.round(place * (bins - 1)))
    sums[bin]! += value
    counts[bin]!++
  }
  const edge = (share: number): number => (axis.log ? low * (high / low) ** share : low + share * (high - low))
  const name = (bin: number): string => (levels === undefined ? `${spoken(edge(bin / bins))} – ${spoken(edge((bin + 1) / bins))}` : spoken(levels[bin] as Cell))
  const rows = Array.from({ length: bins }, (_, bin) => ({ name: name(bin), mean: sums[bin]! / counts[bin]!, points: counts[bin]! })).filter(({ points }) => points > 0)
  const means = rows.map(({ mean }) => mean)
  return { axis, rows, ratio: means.length === 0 ? 1 : Math.max(...means) / Math.min(...means) }
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

function drawn({ axis, rows, ratio }: Effect, unit: string): HTMLElement {
  const box = element('div', 'effect')
  box.append(element('h3', '', axis.name), element('p', 'soft', `${Number.isFinite(ratio) ? `${Number(ratio.toPrecision(3))}× between its values` : ''}`))
  const most = Math.max(...rows.map(({ mean }) => mean))
  for (const { name, mean, points } of rows) {
    const row = element('div', 'bar')
    row.title = `mean of ${points} points`
    const fill = element('i', '')
    fill.style.width = `${most > 0 ? 100 * mean / most : 0}%`
    const track = element('span', 'track')
    track.append(fill)
    row.append(element('span', 'name', name), track, element('span', 'value', spoken(mean, unit)))
    box.append(row)
  }
  return box
}

/** Main effects: how the mean of an objective moves with each key, the strongest key first. */
export function effects(model: Model, root: HTMLElement): void {
  const choice = root.querySelector('select')!
  const place = root.querySelector<HTMLElement>('.effects')!
  for (const axis of model.objectiveAxes) choice.add(new Option(axis.name, axis.name))
  const draw = onceAFrame(() => {
    const objective = model.objectiveAxes[choice.selectedIndex]
    if (objective === undefined) return
    const all = model.keyAxes.map((axis) => effectOf(model, axis, objective)).filter(({ rows }) => rows.length > 1).sort((a, b) => b.ratio - a.ratio)
    place.replaceChildren(...all.map((effect) => drawn(effect, objective.unit)))
  })
  // Means may wait until a brush rests.
  let resting: ReturnType<typeof setTimeout> | undefined
  model.onChange(() => {
    clearTimeout(resting)
    resting = setTimeout(draw, 150)
  })
  choice.addEventListener('change', draw)
  draw()
}
