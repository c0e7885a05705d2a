import type { PageColumn, PageData, PageObjective } from '../data.js'

export type Cell = PageColumn['values'][number]

/** Numbers as people read them: three or four digits, and a prefix to the unit. */
export function spoken(value: Cell | undefined, unit = ''): string {
  if (value === null || value === undefined) return '–'
  if (typeof value !== 'number') return String(value)
  if (unit === '' || unit === 'mm²') return `${plain(value)}${unit === '' ? '' : ` ${unit}`}`
  const steps = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, ''], [1e-3, 'm'], [1e-6, 'µ'], [1e-9, 'n'], [1e-12, 'p']] as const
  const [size, prefix] = steps.find(([step]) => Math.abs(value) >= step * 0.9995) ?? steps[steps.length - 1]!
  const scaled = Number((value / size).toPrecision(3))
  return unit === '1/s' ? `${scaled}${prefix === '' ? '' : ` ${prefix}`}/s` : `${scaled} ${prefix}${unit}`
}

function plain(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(4)))
}

/** An axis of the parallel coordinates: a key or an objective, with a place in [0, 1] for each point. */
export interface Axis {
  readonly name: string
  readonly unit: string
  readonly values: readonly Cell[]
  readonly objective: PageObjective | undefined
  /** Distinct values where there are few, in order; else undefined. */
  readonly levels: readonly Cell[] | undefined
  readonly log: boolean
  /** Ends of a scale of numbers. */
  readonly low: number
  readonly high: number
  /** NaN where a point has no value. */
  readonly places: Float32Array
}

const FEW = 16

function levelsOf(values: readonly Cell[]): Cell[] | undefined {
  const distinct = new Set<Cell>()
  for (const value of values) {
    if (value !== null) distinct.add(value)
    if (distinct.size > FEW) return undefined
  }
  return [...distinct].sort((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1))
}

function placeOf(value: Cell, axis: Omit<Axis, 'places'>): number {
  if (axis.levels !== undefined) return axis.levels.length < 2 ? 0.5 : axis.levels.indexOf(value) / (axis.levels.length - 1)
  if (typeof value !== 'number') return NaN
  if (axis.high === axis.low) return 0.5
  return axis.log ? Math.log(value / axis.low) / Math.log(axis.high / axis.low) : (value - axis.low) / (axis.high - axis.low)
}

export function axisOf(column: PageColumn, objective?: PageObjective): Axis {
  const numbers = column.values.filter((value): value is number => typeof value === 'number')
  const [low, high] = numbers.length === 0 ? [0, 1] : numbers.reduce(([a, b], value) => [Math.min(a!, value), Math.max(b!, value)], [Infinity, -Infinity]) as [number, number]
  const frame = {
    name: column.name, unit: objective?.unit ?? '', values: column.values, objective, low, high, log: low > 0 && high / low > 20,
    levels: objective === undefined ? levelsOf(column.values) : undefined,
  }
  const places = Float32Array.from(column.values, (value) => (value === null ? NaN : placeOf(value, frame)))
  return { ...frame, places }
}

/** What is asked of the points, and which of them answer. */
export class Model {
  readonly data: PageData
  readonly count: number
  readonly axes: readonly Axis[]
  readonly keyAxes: readonly Axis[]
  readonly objectiveAxes: readonly Axis[]
  readonly front: readonly number[]
  /** 1 where a point passes all brushes and filters. */
  readonly active: Uint8Array
  chosen: number | undefined
  private readonly ranges = new Map<Axis, readonly [number, number]>()
  private readonly wanted = new Map<Axis, Cell>()
  private box: { readonly x: Axis; readonly y: Axis; readonly from: readonly [number, number]; readonly to: readonly [number, number] } | undefined
  private readonly listeners: (() => void)[] = []

  constructor(data: PageData) {
    this.data = data
    this.count = data.ids.length
    this.keyAxes = data.keys.map((column) => axisOf(column))
    this.objectiveAxes = data.objectives.map((objective) => axisOf(objective, objective))
    this.axes = [...this.keyAxes, ...this.objectiveAxes]
    this.front = [...data.states].flatMap((state, at) => (state === 'f' ? [at] : []))
    this.active = new Uint8Array(this.count).fill(1)
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** Points between two places of an axis; undefined: all. */
  brush(axis: Axis, range: readonly [number, number] | undefined): void {
    if (range === undefined) this.ranges.delete(axis)
    else this.ranges.set(axis, range)
    this.filter()
  }

  /** Points in a box of two axes; undefined: all. */
  brushBox(box: Model['box']): void {
    this.box = box
    this.filter()
  }

  /** Points with this value; undefined: all. */
  want(axis: Axis, value: Cell | undefined): void {
    if (value === undefined) this.wanted.delete(axis)
    else this.wanted.set(axis, value)
    this.filter()
  }

  choose(point: number | undefined): void {
    this.chosen = point
    this.tell()
  }

  private filter(): void {
    const { active, count, ranges, wanted, box } = this
    active.fill(1)
    for (const [{ places }, [low, high]] of ranges) for (let at = 0; at < count; at++) if (!(places[at]! >= low && places[at]! <= high)) active[at] = 0
    for (const [{ values }, value] of wanted) for (let at = 0; at < count; at++) if (values[at] !== value) active[at] = 0
    if (box !== undefined) {
      const { x, y, from, to } = box
      for (let at = 0; at < count; at++) {
        const [px, py] = [x.places[at]!, y.places[at]!]
        if (!(px >= from[0] && px <= to[0] && py >= from[1] && py <= to[1])) active[at] = 0
      }
    }
    this.tell()
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}
