import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TARGETS } from './fuzz.js'
import type { Files } from './target.js'

/**
 * Inputs that are kept, a line of JSON each in corpus/PARSER.jsonl: the first of each kind of answer that a run of
 * `npm run fuzz -- --keep` met, and those that once found a fault. Files that are as in a right input are left out.
 */
export interface Kept {
  readonly seed: number
  readonly index: number
  readonly kind: string
  readonly shape: string
  /** Bytes in base64. */
  readonly files: Readonly<Record<string, string>>
}

const CORPUS = new URL('./corpus/', import.meta.url).pathname
const LONGEST = 2500
const MOST = 60

const fileOf = (parser: string): string => join(CORPUS, `${parser}.jsonl`)

export function keptInput(parser: string, from: Omit<Kept, 'files'>, files: Files): Kept {
  const beside = TARGETS[parser]!.beside?.() ?? {}
  const changed = Object.entries(files).filter(([name, bytes]) => beside[name] === undefined || Buffer.compare(beside[name], bytes) !== 0)
  return { ...from, files: Object.fromEntries(changed.map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])) }
}

/** The files of an input that was kept. */
export function filesOf(parser: string, { files }: Kept): Files {
  const changed = Object.entries(files).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const)
  return { ...TARGETS[parser]!.beside?.(), ...Object.fromEntries(changed) }
}

export function readCorpus(parser: string): Kept[] {
  if (!existsSync(fileOf(parser))) return []
  return readFileSync(fileOf(parser), 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Kept)
}

/** Adds inputs whose kind of answer the corpus does not have; long ones are left out. */
export function writeCorpus(parser: string, inputs: readonly Kept[]): void {
  const all = readCorpus(parser)
  for (const input of inputs) {
    const isNew = all.every(({ shape }) => shape !== input.shape)
    if (isNew && all.length < MOST && JSON.stringify(input).length <= LONGEST) all.push(input)
  }
  mkdirSync(CORPUS, { recursive: true })
  writeFileSync(fileOf(parser), all.map((input) => `${JSON.stringify(input)}\n`).join(''))
}
