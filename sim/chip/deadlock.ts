import type { Component, Neighbours } from '../component.js'

/** A chip, as far as a report of what it waits for asks. */
interface Standing {
  readonly components: readonly Component[]
  /** The component that feeds the chip, whose line comes first. */
  readonly feeder: Component | undefined
  readonly network: { describeStuck(): string[] }
  now(): number
}

/** Who waits for what when nothing can happen any more. */
export function deadlockMessage(chip: Standing): string {
  return stateMessage(chip, `deadlock at cycle ${chip.now()}: nothing can happen any more`)
}

/** What every component that is not done waits for. */
export function stateMessage({ components, feeder, network }: Standing, headline: string): string {
  const neighbours: Neighbours = {
    incrementersOf: (endpoint, semaphore) => incrementersOf(components, feeder, endpoint, semaphore),
  }
  const ordered = feeder === undefined ? components : [feeder, ...components.filter((component) => component !== feeder)]
  const lines = ordered.map((component) => component.waitingFor(neighbours)).filter((line) => line !== undefined)
  return [`${headline}.`, ...[...lines, ...network.describeStuck()].map((line) => `  ${line}`)].join('\n')
}

/** Who could increment a semaphore: the feeder, and at most four others, and how they are. */
function incrementersOf(
  components: readonly Component[], feeder: Component | undefined, endpoint: number, semaphore: number,
): string {
  const all = components.filter((component) => component.increments(endpoint, semaphore))
  const others = all.filter((component) => component !== feeder)
  const nameOf = ({ name, isDone }: Component): string => `${name}${isDone ? ' (halted)' : ''}`
  const named = [...(all.length > others.length ? [feeder!.name] : []), ...others.slice(0, 4).map(nameOf)]
  if (named.length === 0) return 'which nobody increments'
  const more = others.length > 4 ? ` and ${others.length - 4} more` : ''
  return `which ${named.join(', ')}${more} increment${named.length === 1 ? 's' : ''}`
}
