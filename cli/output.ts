/**
 * What a command says, and where: results on stdout, everything else on stderr, so that `--json` output can be
 * piped as it is.
 */

/** A result for people: one line or several on stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** The result for programs: one JSON document on stdout, and nothing else. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** A remark that is not the result (a hint, a file written): on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Columns padded to their widest cell, two spaces between; numeric columns right-aligned. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String))
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

/**
 * Starts a progress bar on stderr. Not on a terminal, it draws nothing.
 * @param title what is going on, one word or two
 * @param total number of units at which the work is done
 * @param quiet draw nothing: the work is part of other work that has a bar
 */
export async function startProgress(title: string, total: number, quiet = false): Promise<Progress> {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined }
  const { SingleBar } = (await import('cli-progress')).default
  const bar = new SingleBar({
    format: `${title} {bar} {value}/{total} {remark}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    // A simulation holds the event loop, so the bar redraws when told to, not by a timer.
    noTTYOutput: false,
    synchronousUpdate: true,
    hideCursor: false,
    clearOnComplete: true,
    stream: process.stderr,
  })
  bar.start(total, 0, { remark: '' })
  return {
    update: (done, remark = '') => bar.update(done, { remark }),
    stop: () => bar.stop(),
  }
}
