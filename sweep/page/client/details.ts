import type { Axis, Model } from './model.js'
import { spoken } from './model.js'

function text(tag: string, content: string, className = ''): HTMLElement {
  const made = document.createElement(tag)
  made.textContent = content
  made.className = className
  return made
}

function rowsOf(rows: readonly (readonly string[])[], head: readonly string[]): HTMLElement {
  const table = document.createElement('table')
  const line = (cells: readonly string[], tag: string): HTMLElement => {
    const row = document.createElement('tr')
    row.append(...cells.map((cell, at) => text(tag, cell, at > 0 ? 'n' : '')))
    return row
  }
  table.append(line(head, 'th'), ...rows.map((row) => line(row, 'td')))
  const box = text('div', '', 'scroll')
  box.append(table)
  return box
}

/** The point of the front that is nearest in the objectives, each over its range; of the front itself, the next one. */
function neighbourOf(model: Model, point: number): number | undefined {
  let best: number | undefined
  let distance = Infinity
  for (const other of model.front) {
    if (other === point) continue
    const away = model.objectiveAxes.reduce((sum, { places }) => sum + (places[other]! - places[point]!) ** 2, 0)
    if (away < distance) [best, distance] = [other, away]
  }
  return best
}

/** `0.8×`, of a point over its neighbour. */
function ratio(own: Axis['values'][number] | undefined, other: Axis['values'][number] | undefined): string {
  return typeof own === 'number' && typeof other === 'number' && other !== 0 ? `${Number((own / other).toPrecision(3))}×` : ''
}

function nameOf(model: Model, point: number): string {
  return model.data.names[point] || (model.keyAxes.map(({ name, values }) => `${name} ${spoken(values[point])}`).join(', ') || 'this point')
}

function reportOf(model: Model, point: number): HTMLElement {
  const { reports, ids } = model.data
  const id = ids[point]!
  if (reports === 'all' || reports.includes(id)) {
    const link = document.createElement('a')
    link.href = `reports/${id}.html`
    link.textContent = 'Its report'
    const paragraph = document.createElement('p')
    paragraph.append(link)
    return paragraph
  }
  return text('p', `Its report: spikeloom serve DIR shows that of any point. Key ${id}.`, 'soft')
}

function spanOf({ objective }: Axis, point: number): string {
  const [low, high] = [objective?.low[point], objective?.high[point]]
  return typeof low === 'number' && typeof high === 'number' ? `${spoken(low, objective!.unit)} to ${spoken(high, objective!.unit)}` : ''
}

/** What a click opens: the point's figures, what differs from its neighbour on the front, its report. */
export function details(model: Model, root: HTMLElement): void {
  let shown: number | undefined
  model.onChange(() => {
    const { chosen: point } = model
    if (point === shown) return
    shown = point
    if (point === undefined) return root.replaceChildren(text('p', 'Click a point to open it.', 'soft'))
    const parts = [text('h3', nameOf(model, point))]
    const error = model.data.errors[point]
    if (error !== undefined) parts.push(text('p', error, 'error'))
    parts.push(rowsOf(model.objectiveAxes.map((axis) => [axis.name, spoken(axis.values[point], axis.unit), spanOf(axis, point)]), ['', '', 'between']))
    const neighbour = neighbourOf(model, point)
    if (neighbour !== undefined && error === undefined) {
      const differing = model.keyAxes.filter(({ values }) => values[point] !== values[neighbour])
      parts.push(text('h4', 'What differs from its neighbour on the front'), rowsOf([...differing, ...model.objectiveAxes].map((axis) => (
        [axis.name, spoken(axis.values[point], axis.unit), spoken(axis.values[neighbour], axis.unit), ratio(axis.values[point], axis.values[neighbour])])),
      ['', 'this', 'neighbour', '']))
    }
    const figures = model.data.figures.filter(({ values }) => values[point] !== null)
    if (figures.length > 0) {
      const more = document.createElement('details')
      more.append(text('summary', 'Its numbers'), rowsOf(figures.map(({ name, values }) => [name, spoken(values[point])]), ['', '']))
      parts.push(more)
    }
    parts.push(reportOf(model, point))
    root.replaceChildren(...parts)
    root.scrollIntoView({ block: 'nearest' })
  })
}
