import type { FabricDescription } from './description.js'

/**
 * Why a fabric is refused, said once for every reader: the network names its own keys, a chip file those of the file.
 */
export interface Refusal {
  /** The key to change. */
  readonly key: keyof FabricDescription
  /** What is wrong with it, as a clause: 'can deadlock on a torus: ...'. */
  readonly why: string
  /** Ways out, the nearest first. */
  readonly instead: readonly { readonly key: keyof FabricDescription, readonly choice: string }[]
}

/** The refusal as a sentence, with keys named by `nameOf`. */
export function describeRefusal(
  refusal: Refusal, description: FabricDescription, nameOf: (key: keyof FabricDescription) => string,
): string {
  const value = description[refusal.key]
  const shown = typeof value === 'object' || value === undefined ? '' : ` ${typeof value === 'string' ? `'${value}'` : value}`
  const ways = refusal.instead.map(({ key, choice }) => `${nameOf(key)} ${choice}`).join(', or ')
  return `${nameOf(refusal.key)}${shown} ${refusal.why}${ways === '' ? '' : `; choose ${ways}`}`
}
