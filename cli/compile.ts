import type { CommandModule } from 'yargs'
import { MAPPINGS, PASSES, PLACEMENTS } from '../programs/compile/choices.js'
import type { Mapping, PassName, Placement } from '../programs/compile/choices.js'
import { ENCODINGS } from '../programs/encodings/types.js'
import type { EncodingName } from '../programs/encodings/types.js'
import { DEFAULT_CHIP, DEFAULT_MODEL, SET } from './defaults.js'
import { MOST_BATCH, MOST_TOKENS, whole } from './numbers.js'
import { print, printJson } from './output.js'
import { quantizationOf, quantizationOptions } from './quantization-options.js'
import type { QuantizationArguments } from './quantization-options.js'

interface CompileArguments extends QuantizationArguments {
  chip: string
  set: string[]
  model: string
  positions: number | undefined
  attention: 'dense' | 'spiking'
  placement: Placement
  mapping: Mapping
  encoding: EncodingName
  batch: number
  dump: PassName | undefined
  out: string | undefined
  json: boolean
}

/** `spikeloom compile`: the core programs of a model on a chip, as binaries and listings. */
export const command: CommandModule<object, CompileArguments> = {
  command: 'compile',
  describe: 'lay a model onto a chip: core programs, listings, what each pass decided',
  builder: (parser) => quantizationOptions(parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('set', SET)
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, or a path' })
    .option('positions', { ...whole('positions', 1, MOST_TOKENS), describe: 'rows of the KV cache (default: the model\'s context)' })
    .option('attention', {
      choices: ['dense', 'spiking'] as const, default: 'dense' as const, describe: 'QK^T and PV as multiply-accumulates or as spikes',
    })
    .option('mapping', { choices: MAPPINGS, default: 'auto' as const, describe: 'a core for every part of the model, or shared cores' })
    .option('placement', { choices: PLACEMENTS, default: 'annealed' as const, describe: 'how parts of the model find their cores' })
    .option('batch', { ...whole('batch', 1, MOST_BATCH), default: 1, describe: 'most tokens that share each weight fetched from memory' })
    .option('encoding', { choices: ENCODINGS, default: 'ternary' as const, describe: 'how spike counts become events' })
    .option('dump', { choices: PASSES, describe: 'print what one pass hands on' })
    .option('out', { type: 'string', describe: 'folder for core-N.bin and core-N.asm' })
    .option('json', { type: 'boolean', default: false, describe: 'print a summary as JSON only' })),
  handler: async (args) => {
    const [{ findChip }, { loadForRun }, { compile }, { dumpPass }, { programSummary, writePrograms }, { withOutputs }] = await Promise.all([
      import('./chip-source.js'), import('./load.js'), import('../programs/compile/compile.js'),
      import('../programs/compile/listing.js'), import('./compile-output.js'), import('./outputs.js'),
    ])
    const chip = findChip(args.chip, args.set)
    const { attention, placement, mapping, batch, encoding } = args
    const quantization = quantizationOf(args)
    const { quantized } = loadForRun(args.model, { ...quantization, options: { ...quantization.options, encoding } })
    const positions = args.positions ?? quantized.config.contextLength
    await withOutputs(args.out, [], async (out) => {
      const program = compile(quantized, chip, { positions, attention, placement, mapping, batch })
      if (args.json) printJson(programSummary(program))
      else print(dumpPass(program, args.dump ?? 'schedule'))
      if (out !== undefined) await writePrograms(program, out)
    })
  },
}
