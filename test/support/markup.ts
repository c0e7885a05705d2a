import { JSDOM } from 'jsdom'

/** What the tests ask of a parsed document. */
export interface ParsedNode {
  readonly textContent: string | null
  querySelector(selector: string): ParsedNode | null
  querySelectorAll(selector: string): ArrayLike<ParsedNode>
  getAttribute(name: string): string | null
}

/** Making a window takes longer than parsing: there is one. */
let parser: { parseFromString(text: string, type: string): unknown } | undefined

function parse(text: string, type: 'application/xml' | 'text/html'): ParsedNode {
  parser ??= new (new JSDOM('').window.DOMParser)() as { parseFromString(text: string, type: string): unknown }
  return parser.parseFromString(text, type) as ParsedNode
}

/** Parses XML; a text that is not well-formed is an error. */
export function parseXml(text: string): ParsedNode {
  const document = parse(text, 'application/xml')
  const error = document.querySelector('parsererror')
  if (error !== null) throw new Error(`not well-formed: ${error.textContent ?? ''}`)
  return document
}

export function parseHtml(text: string): ParsedNode {
  return parse(text, 'text/html')
}

const VOID = new Set(['meta', 'link', 'br', 'img', 'input', 'hr'])

/** The first tag of an HTML text that closes nothing or is never closed, or undefined. */
export function unbalancedTag(text: string): string | undefined {
  const bare = text.replace(/<(script|style)([^>]*)>[\s\S]*?<\/\1>/g, '<$1$2></$1>').replace(/<!doctype[^>]*>/i, '')
  const open: string[] = []
  for (const [, closing, name, rest] of bare.matchAll(/<(\/?)([a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*)>/g)) {
    if (VOID.has(name!) || rest!.endsWith('/')) continue
    if (closing === '') open.push(name!)
    else if (open.pop() !== name) return `</${name!}>`
  }
  return open.length === 0 ? undefined : `<${open.at(-1)!}>`
}
