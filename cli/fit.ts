import type { CommandModule } from 'yargs'
import { SET } from './defaults.js'
import type { Fit } from './fit-check.js'
import { MOST_TOKENS, whole } from './numbers.js'
import { print, printJson, startProgress, table } from './output.js'

interface Arguments {
  model: string
  chip: string[]
  set: string[]
  positions: number | undefined
  json: boolean
}

/** Positions that are tried unless told: a longer context may not fit where this does. */
const USUAL_POSITIONS = 1024

/** `spikeloom fit MODEL`: which chips hold a model, and what the others lack. */
export const command: CommandModule<object, Arguments> = {
  command: 'fit <model>',
  describe: 'find out which chips hold a model, in which mapping, and what the others lack',
  builder: (parser) => parser
    .positional('model', { type: 'string', demandOption: true, describe: 'shape such as llama-2-7b, a config.json, or any model' })
    .option('chip', { type: 'string', array: true, nargs: 1, default: [] as string[], describe: 'try this chip (repeatable; default: all that come with it)' })
    .option('set', SET)
    .option('positions', {
      ...whole('positions', 1, MOST_TOKENS), describe: `rows of the KV cache (default: the model's context, at most ${USUAL_POSITIONS})`,
    })
    .option('json', { type: 'boolean', default: false, describe: 'print the findings as JSON only' }) as never,
  handler: async (args) => {
    const [{ findChip, presetNames }, { fitOn }, { configOf }, { shapeModel }, { DEFAULT_QUANTIZE_OPTIONS }] = await Promise.all([
      import('./chip-source.js'), import('./fit-check.js'), import('./model-config.js'), import('../programs/shapes/shape-model.js'),
      import('../programs/quantize/index.js'),
    ])
    const config = configOf(args.model)
    const chips = (args.chip.length > 0 ? args.chip : presetNames()).map((name) => findChip(name, args.set))
    const positions = args.positions ?? Math.min(config.contextLength, USUAL_POSITIONS)
    const model = shapeModel(args.model, config, DEFAULT_QUANTIZE_OPTIONS)
    const progress = await startProgress('compiling', chips.length)
    const fits = chips.map((chip, at) => {
      progress.update(at, chip.name)
      return fitOn(model, chip, positions)
    })
    progress.stop()
    if (args.json) printJson({ schemaVersion: 1, kind: 'fit', model: args.model, positions, fits })
    else await printFits(args.model, positions, fits)
  },
}

async function printFits(model: string, positions: number, fits: readonly Fit[]): Promise<void> {
  const { nearestMiss } = await import('./fit-check.js')
  print(`${model}, ${positions} positions:\n`)
  print(table([
    ['chip', 'cores', 'used', 'holds it'],
    ...fits.map(({ chip, cores, coresUsed, mapping, streamsWeights }) => [
      chip, String(cores), String(coresUsed ?? ''), mapping === null ? 'no' : `${mapping}${streamsWeights ? ', weights from external memory' : ', weights stay'}`,
    ]),
  ]))
  const miss = nearestMiss(fits)
  if (miss !== undefined) print(`\nnearest miss: ${miss.chip}${miss.shortBy === null ? '' : `, short by ${miss.shortBy.toFixed(2)} x`}: ${miss.lacks}`)
  const better = fits.find(({ mapping }) => mapping === 'shared')
  if (better !== undefined) print(`\nweights do not stay on ${better.chip}: ${better.lacks}`)
}
