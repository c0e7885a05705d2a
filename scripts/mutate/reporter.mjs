import console from 'node:console'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import process from 'node:process'
import { ENDLESS } from './parts.mjs'

/** The text between two places of a file, on one line. */
function textAt(file, { start, end }) {
  const lines = readFileSync(file, 'utf8').split('\n').slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, lines.length === 1 ? end.column - 1 : end.column)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.map((text) => text.trim()).join(' ').slice(0, 110)
}

/** What became of a change: a run that took too much processor time is a timeout, though Stryker calls it an error. */
export function statusOf({ status, statusReason }) {
  return status === 'RuntimeError' && String(statusReason).includes(ENDLESS) ? 'Timeout' : status
}

/** Each change as soon as it was tested: a line of JSON in a file, and on the terminal those that no test saw. */
class Lines {
  constructor() {
    this.file = process.env.SPIKELOOM_MUTATE_LINES
    mkdirSync(dirname(this.file), { recursive: true })
    writeFileSync(this.file, '')
  }

  onMutantTested(mutant) {
    const status = statusOf(mutant)
    const { location, mutatorName, replacement, statusReason } = mutant
    const fileName = relative(process.cwd(), mutant.fileName)
    const reason = status === 'RuntimeError' ? { statusReason } : {}
    appendFileSync(this.file, JSON.stringify({ fileName, location, mutatorName, replacement, status, static: mutant.static, ...reason }) + '\n')
    if (status !== 'Survived' && status !== 'NoCoverage') return
    const place = `${fileName}:${location.start.line}:${location.start.column}`
    console.log(`${status} ${place} ${mutatorName}\n    ${textAt(fileName, location)}\n    ${String(replacement).slice(0, 110)}`)
  }
}

export const strykerPlugins = [{ kind: 'Reporter', name: 'lines', injectableClass: Lines }]
