/** Rows of numbers in parallel arrays that grow, so that a long trace does not make an object per row. */
export class Columns<Name extends string> {
  length = 0
  private readonly names: readonly Name[]
  private readonly arrays: Record<Name, Float64Array>

  constructor(...names: readonly Name[]) {
    this.names = names
    this.arrays = Object.fromEntries(names.map((name) => [name, new Float64Array(256)])) as Record<Name, Float64Array>
  }

  /** Adds a row; returns its number. */
  push(row: Readonly<Record<Name, number>>): number {
    const { names, arrays } = this
    if (this.length === arrays[names[0]!].length) this.grow()
    for (const name of names) arrays[name][this.length] = row[name]
    return this.length++
  }

  get(name: Name, row: number): number {
    return this.arrays[name][row]!
  }

  /** Makes values of some columns no larger than a limit. */
  clip(limit: number, ...columns: readonly Name[]): void {
    for (const name of columns) {
      const array = this.arrays[name]
      for (let row = 0; row < this.length; row++) if (array[row]! > limit) array[row] = limit
    }
  }

  private grow(): void {
    for (const name of this.names) {
      const larger = new Float64Array(this.length * 2)
      larger.set(this.arrays[name])
      this.arrays[name] = larger
    }
  }
}
