import type { Document, Node } from 'yaml'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { InputError } from '../errors.js'

/** Something wrong with a document: the key it hangs on, whether on its name or its value, and what is wrong, in words. */
export interface PlacedProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly atKey?: boolean
}

/** Offset of the node a problem hangs on: its key, its value, or the nearest group around it that is in the file. */
function offsetOf(document: Document, { path, atKey }: PlacedProblem): number {
  const parent = document.getIn(path.slice(0, -1), true)
  const name = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(key) === name)
    const node = (atKey || !isNode(pair?.value) ? pair?.key : pair?.value) as Node | undefined
    if (node?.range) return node.range[0]
  }
  const self = document.getIn(path, true)
  if (isNode(self) && self.range) return self.range[0]
  return path.length > 1 ? offsetOf(document, { path: path.slice(0, -1), message: '', atKey: true }) : 0
}

/** A YAML file that was read: its plain value, and where in the text each key stands. */
export interface YamlDocument {
  /** Never null: an empty document is an empty group. */
  readonly content: unknown
  /** Refuses the document with all its problems, each at file:line:column, in the order of the text. */
  refuse(problems: readonly PlacedProblem[]): never
}

/** Errors shown at once: after these the first ones are the cause of the others. */
const MOST_SHOWN = 20

function refuseAll(all: readonly string[], what: string): never {
  const messages = all.length <= MOST_SHOWN ? all : [...all.slice(0, MOST_SHOWN), `... and ${all.length - MOST_SHOWN} more.`]
  const count = all.length > 1 ? [`${all.length} errors in the ${what}:`] : []
  throw new InputError([...count, ...messages].join('\n'))
}

/**
 * Reads YAML (JSON is YAML too).
 * @param file its name, for messages only
 * @param what what the document is to its writer: 'chip', 'plan'
 * @throws InputError with file:line:column for text that is not YAML
 */
export function readYaml(text: string, file: string, what: string): YamlDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    const [first] = document.errors
    if (first!.code === 'MULTIPLE_DOCS') {
      refuseAll([`${at(first!.pos[0])}: a second document begins here, after '---'; a ${what} file holds one.`], what)
    }
    refuseAll(document.errors.map((error) => `${at(error.pos[0])}: not valid YAML: ${error.message}`), what)
  }
  const refuse = (problems: readonly PlacedProblem[]): never => {
    const placed = problems.map((problem) => ({ offset: offsetOf(document, problem), message: problem.message }))
    placed.sort((a, b) => a.offset - b.offset)
    return refuseAll(placed.map(({ offset, message }) => `${at(offset)}: ${message}`), what)
  }
  try {
    return { content: document.toJS() ?? {}, refuse }
  } catch (error) {
    // An alias without its anchor, or aliases nested into a bomb.
    return refuse([{ path: [], message: `not valid YAML: ${(error as Error).message}` }])
  }
}
