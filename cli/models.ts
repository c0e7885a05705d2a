import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { parameterCount } from '../programs/models/types.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { InputError } from '../sim/errors.js'
import { readJson } from './files.js'
import { modelNames, PROVENANCE_FILE, shippedModelPath } from './model-source.js'
import { note, print, printJson, table } from './output.js'

/** What a provenance file should say; all optional, because the listing must survive a file without it. */
interface Provenance {
  readonly description?: unknown
  readonly parameters?: unknown
  readonly license?: unknown
  readonly licence?: unknown
}

interface ModelRow {
  readonly name: string
  readonly path: string
  readonly description: string
  readonly parameters: number | null
  readonly licence: string
  readonly provenance: unknown
}

function modelRow(name: string): ModelRow {
  const path = shippedModelPath(name)
  let provenance: unknown
  try {
    provenance = readJson(join(path, PROVENANCE_FILE), 'provenance file')
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    note(error.message)
  }
  const { description, parameters, license, licence } = (provenance ?? {}) as Provenance
  return {
    name,
    path,
    description: typeof description === 'string' ? description : '',
    parameters: typeof parameters === 'number' ? parameters : null,
    licence: String(licence ?? license ?? 'not stated'),
    provenance: provenance ?? null,
  }
}

/** `spikeloom models`: the shipped models, in a table or with their whole provenance as JSON. */
export const command: CommandModule<object, { json: boolean }> = {
  command: 'models',
  describe: 'list the models that come with Spikeloom',
  builder: (parser) => parser.option('json', { type: 'boolean', default: false, describe: 'print JSON only' }),
  handler: ({ json }) => {
    const models = modelNames().map(modelRow)
    const shapes = Object.entries(MODEL_SHAPES).map(([name, config]) => ({ name, parameters: parameterCount(config), config }))
    if (json) return printJson({ models, shapes })
    if (models.length === 0) print('No models are installed. Use your own: spikeloom run --model PATH')
    else {
      const head = ['model', 'parameters', 'licence', 'what it is']
      print(table([head, ...models.map((row) => [row.name, row.parameters ?? '?', row.licence, row.description])]))
    }
    print(`\nShapes without weights, for runs on spike statistics (--mode statistical):`)
    print(table([['shape', 'parameters'], ...shapes.map(({ name, parameters }) => [name, parameters])]))
  },
}
