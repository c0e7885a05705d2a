import { printable } from './format.js'

/** HTML that is safe to insert as it is. Everything else is escaped on its way in. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Insert = string | number | Markup | readonly Insert[]

export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function inserted(value: Insert): string {
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(inserted).join('')
  return escapeHtml(String(value))
}

/** Template tag: strings and numbers inserted are escaped, Markup is not, lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly Insert[]): Markup {
  return new Markup(parts.reduce((text, part, at) => text + inserted(values[at - 1]!) + part))
}

/** JSON that may stand inside a <script> element: it cannot close it, nor open a comment. */
export function scriptJson(value: unknown): Markup {
  const json = JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return new Markup(json)
}

export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => Insert
  /** 'n': a number, aligned right; 'long': a text that may wrap; 'nowrap': one that may not. */
  readonly kind?: 'n' | 'long' | 'nowrap'
}

/** A table in a box that scrolls sideways when it is too wide. */
export function htmlTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  const head = columns.map(({ head, kind }) => html`<th scope="col" class="${kind ?? ''}">${head}</th>`)
  const body = rows.map((row) =>
    html`<tr>${columns.map(({ cell, kind }) => html`<td class="${kind ?? ''}">${cell(row)}</td>`)}</tr>\n`)
  return html`<div class="scroll" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`
}
