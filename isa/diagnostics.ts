/** What is wrong with an assembly source, and how it is shown. */

export interface Diagnostic {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  /** UTF-16 units to underline, at least 1. */
  readonly length: number
  readonly message: string
  /** What to write instead; empty where nothing better can be said. */
  readonly hint: string
}

/** A word, instruction or program file that the instruction set does not allow. */
export class IsaError extends Error {
  override name = 'IsaError'
}

/**
 * The diagnostics as text: position and message, the source line, a caret under the place, the hint.
 * @param source the whole source that was assembled
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], source: string): string {
  const lines = source.split(/\r\n|\r|\n/)
  return diagnostics.map((diagnostic) => formatOne(diagnostic, lines[diagnostic.line - 1] ?? '')).join('\n')
}

function formatOne({ file, line, column, length, message, hint }: Diagnostic, text: string): string {
  // Tabs are kept so that the caret stands under the place whatever the terminal's tab width.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ')
  const caret = '^' + '~'.repeat(length - 1)
  const shown = [`${file}:${line}:${column}: ${message}`, `    ${text}`, `    ${indent}${caret}`]
  if (hint !== '') shown.push(`    hint: ${hint}`)
  return shown.join('\n')
}
