import type { Axis, Model } from './model.js'
import { spoken } from './model.js'

const ROWS = 100
const STATES: Readonly<Record<string, string>> = { f: 'front', d: '', c: 'breaks a condition', b: 'baseline', x: 'failed' }

/** The selected points, sorted by a column, the front first to begin with. */
export function table(model: Model, root: HTMLElement): void {
  const head = root.querySelector('thead')!
  const body = root.querySelector('tbody')!
  const note = root.querySelector<HTMLElement>('.note')!
  let by: Axis | undefined
  let down = false

  const order = (): number[] => {
    const points = Array.from({ length: model.count }, (_, at) => at).filter((at) => model.active[at] === 1)
    if (by === undefined) {
      const rank = (at: number): number => 'fbdcx'.indexOf(model.data.states[at]!)
      return points.sort((a, b) => rank(a) - rank(b) || a - b)
    }
    const { values } = by
    const sign = down ? -1 : 1
    return points.sort((a, b) => {
      const [one, two] = [values[a] ?? null, values[b] ?? null]
      if (one === null || two === null) return Number(one === null) - Number(two === null)
      return sign * (typeof one === 'number' && typeof two === 'number' ? one - two : String(one) < String(two) ? -1 : 1)
    })
  }

  const draw = (): void => {
    const points = order()
    note.textContent = `${points.length.toLocaleString('en-US')} of ${model.count.toLocaleString('en-US')} points selected${points.length > ROWS ? `; the first ${ROWS} are listed` : ''}`
    body.replaceChildren(...points.slice(0, ROWS).map((at) => {
      const row = document.createElement('tr')
      row.tabIndex = 0
      row.className = at === model.chosen ? 'chosen' : ''
      const cells = [model.data.names[at] || STATES[model.data.states[at]!]!, ...model.axes.map((axis) => spoken(axis.values[at], axis.unit))]
      row.append(...cells.map((text, column) => {
        const cell = document.createElement('td')
        cell.textContent = text
        if (column > 0 && typeof model.axes[column - 1]!.values[at] === 'number') cell.className = 'n'
        return cell
      }))
      row.addEventListener('click', () => model.choose(at))
      row.addEventListener('keydown', ({ key }) => { if (key === 'Enter') model.choose(at) })
      return row
    }))
  }

  head.append(titles(model, (axis) => {
    down = by === axis ? !down : axis.objective?.direction === 'maximise'
    by = axis
    draw()
  }))
  let resting: ReturnType<typeof setTimeout> | undefined
  model.onChange(() => {
    clearTimeout(resting)
    resting = setTimeout(draw, 120)
  })
  draw()
}

function titles(model: Model, sortBy: (axis: Axis) => void): HTMLElement {
  const row = document.createElement('tr')
  row.append(document.createElement('th'), ...model.axes.map((axis) => {
    const cell = document.createElement('th')
    if (axis.values.some((value) => typeof value === 'number')) cell.className = 'n'
    const button = document.createElement('button')
    button.textContent = axis.name
    button.addEventListener('click', () => sortBy(axis))
    cell.append(button)
    return cell
  }))
  return row
}
