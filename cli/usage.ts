import type { Argv, CommandModule } from 'yargs'
import { didYouMean } from '../sim/errors.js'
import { rememberGiven } from './given.js'
import { UsageError } from './usage-error.js'

/** What yargs knows of the options declared so far (present at run time, absent from its types). */
interface KnownOptions {
  readonly key: Readonly<Record<string, unknown>>
  readonly boolean: readonly string[]
  readonly array: readonly string[]
}

/** The options that a parser was told of, with their kinds. */
export function knownOptions(parser: Argv): KnownOptions {
  return (parser as unknown as { getOptions(): KnownOptions }).getOptions()
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
const dashed = (name: string): string => (name.length === 1 ? `-${name}` : `--${kebab(name)}`)

/** Complains of words that are neither an option nor a positional of the command. */
function unknownWords(names: readonly string[], words: readonly string[], parser: Argv): UsageError {
  const known = Object.keys(knownOptions(parser).key).map(dashed)
  const options = words.filter((word) => word.startsWith('-')).map((word) => word.split('=')[0]!)
  const complaints = names.map((name) => {
    const option = options.find((word) => kebab(word.replace(/^-+(no-)?/, '')) === name)
    if (option === undefined) return `unexpected argument '${name}'.`
    return `unknown option '${option}'.${didYouMean(option, known)}`
  })
  return new UsageError(complaints.join('\n'))
}

/**
 * Turns yargs' own complaint into one that names the nearest valid choice.
 * @param usage the command's name and positionals
 * @param words the whole command line, to show an option as it was typed
 */
export function usageError(message: string, usage: string, words: readonly string[], parser: Argv): UsageError {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]
  if (unknown !== undefined) return unknownWords([...new Set(unknown.split(', ').map(kebab))], words, parser)
  const missing = /^Missing required arguments?: (.*)$/.exec(message)?.[1]
  if (missing !== undefined) return new UsageError(`required and missing: ${missing.split(', ').map(dashed).join(', ')}.`)
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1]
  if (valueless !== undefined) return new UsageError(`${dashed(valueless)} needs a value.`)
  const choice = /Argument: (.*), Given: (.*), Choices: (.*)$/s.exec(message)
  if (choice) {
    const [, name, given, choices] = choice as unknown as [string, string, string, string]
    const bare = given.replaceAll('"', '')
    const hint = didYouMean(bare, choices.replaceAll('"', '').split(', '))
    return new UsageError(`${dashed(name)}: '${bare}' is not one of ${choices.replaceAll('"', '')}.${hint}`)
  }
  if (message.startsWith('Not enough non-option arguments')) {
    return new UsageError(`an argument is missing: spikeloom ${usage}`)
  }
  return new UsageError(message)
}

/** A switch takes no value but true and false; yargs takes any other for false. */
function checkSwitches(words: readonly string[], parser: Argv): void {
  const { boolean } = knownOptions(parser)
  for (const word of words) {
    const [, name, value] = /^--([\w-]+)=(.*)$/.exec(word) ?? []
    if (name === undefined || !boolean.includes(name) || value === 'true' || value === 'false') continue
    throw new UsageError(`--${name} takes no value: '${value}' is neither true nor false. Write --${name}, or --no-${name}.`)
  }
}

/** Rejects what yargs lets through: a number option that holds none, and an option given twice. */
export function checkValues(argv: Readonly<Record<string, unknown>>, words: readonly string[], parser: Argv): true {
  const { key, array } = knownOptions(parser)
  checkSwitches(words, parser)
  for (const name of Object.keys(key)) {
    const value = argv[name]
    if (typeof value === 'number' && Number.isNaN(value)) throw new UsageError(`${dashed(name)} needs a number.`)
    if (Array.isArray(value) && !array.includes(name)) throw new UsageError(`${dashed(name)} was given more than once.`)
  }
  return true
}

/** The module, with every option that is not a switch made to require its value (yargs would drop the option). */
export function requireValues(module: CommandModule): CommandModule {
  const positionals = [...String(module.command).matchAll(/[<[]([\w-]+)/g)].map(([, name]) => name)
  const builder = (parser: Argv): Argv => {
    if (typeof module.builder === 'function') void module.builder(parser)
    else if (module.builder) parser.options(module.builder)
    const { key, boolean } = knownOptions(parser)
    const valued = Object.keys(key).filter((name) => !boolean.includes(name) && !positionals.includes(name))
    return parser.requiresArg(valued)
  }
  return { ...module, builder }
}

/** The module, told which options were given (given.ts). */
export function withGiven(module: CommandModule, words: readonly string[]): CommandModule {
  return {
    ...module,
    handler: (args) => {
      rememberGiven(args, words)
      return module.handler(args)
    },
  }
}
