import { COMPONENTS } from '../../isa/actions.js'
import { isObject, jsonProblems, shown } from '../config/json-problems.js'
import { InputError } from '../errors.js'
import { RESULT_VERSION, resultSchema, type RunResult } from './schema.js'

/** byComponent may differ from totalPj by this much of it. */
const ENERGY_TOLERANCE = 1e-9

function checkEnvelope(json: unknown, file: string): void {
  if (!isObject(json)) throw new InputError(`${file}: a result file holds one JSON object, not ${shown(json)}.`)
  const { schemaVersion, kind } = json
  if (schemaVersion === undefined) {
    throw new InputError(`${file}: 'schemaVersion' is missing: this is no Spikeloom result file.` +
      ' One is written by: spikeloom run --out DIR')
  }
  if (kind !== 'run') throw new InputError(`${file}: 'kind' is ${shown(kind)}; a result of 'run' is needed.`)
  if (schemaVersion === RESULT_VERSION) return
  const advice = Number(schemaVersion) > RESULT_VERSION ? 'use a newer Spikeloom' : 'run it again with this Spikeloom'
  throw new InputError(`${file}: result version ${shown(schemaVersion)}, but this Spikeloom reads version ` +
    `${RESULT_VERSION}: ${advice}.`)
}

function checkEnergy({ energy }: RunResult, file: string): void {
  const sum = COMPONENTS.reduce((total, component) => total + energy.byComponent[component], 0)
  if (Math.abs(sum - energy.totalPj) <= ENERGY_TOLERANCE * energy.totalPj) return
  throw new InputError(`${file}: 'energy.byComponent' sums to ${sum} pJ, but 'energy.totalPj' is ${energy.totalPj}` +
    ' pJ. The file was changed, or not written by Spikeloom.')
}

/**
 * Checks the JSON of a result file.
 * @param file its name, for messages
 * @throws InputError for another version or kind, missing or unknown keys (with path and nearest name), wrong values,
 *   and components that do not sum to the total.
 */
export function parseResult(json: unknown, file: string): RunResult {
  checkEnvelope(json, file)
  const parsed = resultSchema.safeParse(json)
  if (!parsed.success) {
    throw new InputError(`${file} is not a complete result file:\n${jsonProblems(parsed.error.issues, json)}`)
  }
  checkEnergy(parsed.data, file)
  return parsed.data
}

/** The bytes of a result file: one JSON object, keys in the schema's order, wallSeconds last. */
export function serializeResult(result: RunResult): string {
  return `${JSON.stringify(parseResult(result, 'result'), null, 2)}\n`
}
