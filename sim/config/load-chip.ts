import type { Document, Node } from 'yaml'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { buildProblems } from '../energy/buildable.js'
import { InputError } from '../errors.js'
import { checkChip } from './check.js'
import type { ChipSpec, ChipSpecInput } from './chip-spec.js'
import { chipSpecSchema } from './chip-spec.js'
import type { KeyProblem } from './problems.js'
import { describeIssues } from './problems.js'

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

/** Offset of the node a problem hangs on: its key, its value, or the nearest group around it that is in the file. */
function offsetOf(document: Document, { path, atKey }: KeyProblem): number {
  const parent = document.getIn(path.slice(0, -1), true)
  const name = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(key) === name)
    const node = (atKey || !isNode(pair?.value) ? pair?.key : pair?.value) as Node | undefined
    if (node?.range) return node.range[0]
  }
  return path.length > 1 ? offsetOf(document, { path: path.slice(0, -1), message: '', atKey: true }) : 0
}

/** The document as plain values; an empty document is an empty group. */
function plainValue(document: Document, at: (offset: number) => string): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    // An alias without its anchor, or aliases nested into a bomb.
    return refuse([`${at(0)}: not valid YAML: ${(error as Error).message}`])
  }
}

/**
 * Reads a chip from YAML text (JSON is YAML too).
 * @param text the chip file's text; an empty one is the default chip
 * @param file its name, for messages only
 * @throws InputError with file:line:column for every error found: bad YAML, unknown key, value out of its limits,
 *   keys that do not go together.
 */
export function loadChip(text: string, file: string): ChipSpec {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    refuse(document.errors.map((error) => `${at(error.pos[0])}: not valid YAML: ${error.message}`))
  }
  const content = plainValue(document, at)
  if (typeof content !== 'object' || Array.isArray(content)) {
    refuse([`${at(0)}: a chip file is a list of 'key: value' lines, such as 'clockMHz: 500'`])
  }
  const result = validate(content)
  if ('spec' in result) return result.spec
  const placed = result.problems.map((problem) => ({ offset: offsetOf(document, problem), message: problem.message }))
  placed.sort((a, b) => a.offset - b.offset)
  return refuse(placed.map(({ offset, message }) => `${at(offset)}: ${message}`))
}
