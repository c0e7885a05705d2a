import { buildProblems } from '../energy/buildable.js'
import { InputError } from '../errors.js'
import { checkChip } from './check.js'
import type { ChipSpec, ChipSpecInput } from './chip-spec.js'
import { chipSpecSchema } from './chip-spec.js'
import type { KeyProblem } from './problems.js'
import { describeIssues } from './problems.js'
import { settingAt, withSettings } from './set-keys.js'
import type { KeySetting } from './set-keys.js'
import { readYaml } from './yaml-document.js'

/** Problems of the schema; or, where each key is valid by itself, of the keys together; or of physics. */
function validate(input: unknown): { spec: ChipSpec; problems: [] } | { problems: KeyProblem[] } {
  const parsed = chipSpecSchema.safeParse(input)
  if (!parsed.success) return { problems: describeIssues(parsed.error.issues, input) }
  const together = checkChip(parsed.data)
  const problems = together.length > 0 ? together : buildProblems(parsed.data)
  return problems.length > 0 ? { problems } : { spec: parsed.data, problems: [] }
}

function refuse(messages: readonly string[]): never {
  const count = messages.length > 1 ? [`${messages.length} errors in the chip:`] : []
  throw new InputError([...count, ...messages].join('\n'))
}

/**
 * Fills in defaults and checks a chip given as an object.
 * @throws InputError that names every wrong key, its value, the limit, and the nearest valid choice.
 */
export function completeChip(input: ChipSpecInput): ChipSpec {
  const result = validate(input)
  return 'spec' in result ? result.spec : refuse(result.problems.map(({ message }) => message))
}

/** What a file is that holds no key of a chip, as far as one can tell. */
function strangerOf(content: object): string | undefined {
  const known = Object.keys(chipSpecSchema.shape)
  const names = Object.keys(content)
  if (names.length === 0 || names.some((name) => known.includes(name))) return undefined
  if (names.includes('schemaVersion')) return 'a result file, not a chip file. Its chip stands in it under chip.spec'
  if (names.length < 3) return undefined
  return `not a chip file: none of its keys (${names.slice(0, 3).join(', ')}, ...) is one of a chip. Keys are ${known.join(', ')}`
}

/**
 * Reads a chip from YAML text (JSON is YAML too).
 * @param text the chip file's text; an empty one is the default chip
 * @param file its name, for messages only
 * @param settings keys that are set in place of the file's
 * @throws InputError with file:line:column, or the setting, for every error found: bad YAML, unknown key, value out of its
 *   limits, keys that do not go together.
 */
export function loadChip(text: string, file: string, settings: readonly KeySetting[] = []): ChipSpec {
  const document = readYaml(text, file, 'chip')
  const { content } = document
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return document.refuse([{ path: [], message: "a chip file is a list of 'key: value' lines, such as 'clockMHz: 500'" }])
  }
  const stranger = strangerOf(content)
  if (stranger !== undefined) throw new InputError(`${file}: this is ${stranger}.`)
  const result = validate(withSettings(content as Record<string, unknown>, settings))
  if ('spec' in result) return result.spec
  const bySetting = result.problems.flatMap((problem) => {
    const setting = settingAt(settings, problem.path)
    return setting === undefined ? [] : [`--set ${setting.text}: ${problem.message}`]
  })
  return bySetting.length > 0 ? refuse(bySetting) : document.refuse(result.problems)
}
