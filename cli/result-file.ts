import { parseResult } from '../sim/result/parse.js'
import type { RunResult } from '../sim/result/schema.js'
import { readJson } from './files.js'

/** Reads and checks a result file. Throws InputError that names file and key. */
export function readResult(file: string): RunResult {
  return parseResult(readJson(file, 'result file'), file)
}
