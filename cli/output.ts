import { visible, visibleLines } from '../sim/visible.js'

/**
 * What a command says, and where: results on stdout, everything else on stderr, so that `--json` output can be
 * piped as it is. Hidden characters of files are shown escaped, wherever they come in.
 */

/** Whether text for this stream is coloured: on a terminal that has colours, unless NO_COLOR says no (no-color.org). */
export function hasColour(stream: { readonly isTTY?: boolean } = process.stdout, environment: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
}

/** A result for people: one line or several on stdout. */
export function print(text: string): void {
  process.stdout.write(`${visibleLines(text, hasColour())}\n`)
}

/** The result for programs: one JSON document on stdout, and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleLines(JSON.stringify(value, null, 2))}\n`)
}

/** A remark that is not the result (a hint, a file written): on stderr. */
export function note(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`)
}

/** Columns padded to their widest cell, two spaces between; numeric columns right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => visible(String(cell))))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const isNumeric = widths.map((_, column) => rows.slice(1).every((row) => typeof row[column] === 'number'))
  const line = (row: readonly string[]): string => row
    .map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
    .join('  ')
    .trimEnd()
  return cells.map(line).join('\n')
}

export interface Progress {
  /** @param done units finished so far; @param remark a few words after the bar */
  update(done: number, remark?: string): void
  stop(): void
}

/** Room for a remark beside a bar on a terminal of 80 columns. */
const REMARK_LETTERS = 24

/**
 * Starts a progress bar on stderr, with the time that is left as far as it can be told. Not on a terminal, it draws nothing.
 * @param title what is going on, one word or two
 * @param total number of units at which the work is done
 * @param quiet draw nothing: the work is part of other work that has a bar
 */
export async function startProgress(title: string, total: number, quiet = false): Promise<Progress> {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined }
  const { SingleBar } = (await import('cli-progress')).default
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total}{left} {remark}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    // A simulation holds the event loop, so the bar redraws when told to, not by a timer.
    noTTYOutput: false,
    synchronousUpdate: true,
    // The terminal is left as it is, so that a signal, which ends the process at once, leaves nothing to restore.
    hideCursor: false,
    linewrap: true,
    clearOnComplete: true,
    stream: process.stderr,
  })
  const startedAt = performance.now()
  bar.start(total, 0, { remark: '', left: '' })
  return {
    update: (done, remark = '') => {
      const seconds = done > 0 ? ((performance.now() - startedAt) / 1000) * ((total - done) / done) : Number.NaN
      bar.update(done, { remark: shortened(visible(remark)), left: seconds > 1 ? `, ${timeLeft(seconds)} left` : '' })
    },
    stop: () => bar.stop(),
  }
}

function shortened(text: string): string {
  return text.length <= REMARK_LETTERS ? text : `${text.slice(0, REMARK_LETTERS - 1)}…`
}

/** Seconds for people: `12 s`, `3 min`, `2.5 h`. */
export function timeLeft(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
