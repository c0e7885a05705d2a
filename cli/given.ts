import { UsageError } from './usage-error.js'

/**
 * Options as they stand on the command line, by their names with dashes: defaults are not among them. An option that is
 * given and has no effect is an error, because its giver believes that it had one.
 */
export type Given = ReadonlySet<string>

/** The options among the words of a command line. */
export function givenOptions(words: readonly string[]): Given {
  const end = words.indexOf('--')
  const options = (end < 0 ? words : words.slice(0, end)).filter((word) => word.startsWith('--'))
  const name = (word: string): string => word.slice(2).split('=')[0]!.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return new Set(options.flatMap((word) => [name(word), name(word).replace(/^no-/, '')]))
}

/** The command lines of this process, by the arguments that came of them. */
const given = new WeakMap<object, Given>()

/** Remembers what was given, for who asks by the same arguments. */
export function rememberGiven(args: object, words: readonly string[]): void {
  given.set(args, givenOptions(words))
}

/** Whether an option was given, not left to its default. */
export function isGiven(args: object, name: string): boolean {
  return given.get(args)?.has(name) === true
}

/**
 * Refuses options that have no effect.
 * @param args the arguments as the command got them
 * @param names options that do not apply
 * @param because what makes that so, and what to do: ends the sentence `--prompt has no effect: ...`
 * @throws UsageError naming those that were given
 */
export function refuseGiven(args: object, names: readonly string[], because: string): void {
  const found = names.filter((name) => given.get(args)?.has(name))
  if (found.length === 0) return
  throw new UsageError(`${found.map((name) => `--${name}`).join(', ')} ${found.length > 1 ? 'have' : 'has'} no effect: ${because}`)
}
