import { join } from 'node:path'
import type { CommandModule } from 'yargs'
import { writeProgramFile } from '../isa/index.js'
import { compile, PASSES } from '../programs/compile/compile.js'
import type { CompiledProgram, PassName } from '../programs/compile/compile.js'
import { MAPPINGS, PLACEMENTS } from '../programs/compile/ir.js'
import type { Mapping, Placement } from '../programs/compile/ir.js'
import { coreListing, dumpPass } from '../programs/compile/listing.js'
import { expectedFlitHops } from '../programs/compile/place.js'
import { DEFAULT_CHIP, findChip } from './chip-source.js'
import { writeAtomically } from './files.js'
import { DEFAULT_MODEL, loadForRun } from './load.js'
import { note, print, printJson } from './output.js'

interface CompileArguments {
  chip: string
  model: string
  positions: number | undefined
  attention: 'dense' | 'spiking'
  placement: Placement
  mapping: Mapping
  batch: number
  dump: PassName | undefined
  out: string | undefined
  json: boolean
}

/** `spikeloom compile`: the core programs of a model on a chip, as binaries and listings. */
export const command: CommandModule<object, CompileArguments> = {
  command: 'compile',
  describe: 'lay a model onto a chip: core programs, listings, what each pass decided',
  builder: (parser) => parser
    .option('chip', { type: 'string', default: DEFAULT_CHIP, describe: 'preset name, or a chip file' })
    .option('model', { type: 'string', default: DEFAULT_MODEL, describe: 'shipped model, or a path' })
    .option('positions', { type: 'number', describe: 'rows of the KV cache (default: the model\'s context)' })
    .option('attention', {
      choices: ['dense', 'spiking'] as const, default: 'dense' as const, describe: 'QK^T and PV as multiply-accumulates or as spikes',
    })
    .option('mapping', { choices: MAPPINGS, default: 'auto' as const, describe: 'a core for every part of the model, or shared cores' })
    .option('placement', { choices: PLACEMENTS, default: 'annealed' as const, describe: 'how parts of the model find their cores' })
    .option('batch', { type: 'number', default: 1, describe: 'most tokens that share each weight fetched from memory' })
    .option('dump', { choices: PASSES, describe: 'print what one pass hands on' })
    .option('out', { type: 'string', describe: 'folder for core-N.bin and core-N.asm' })
    .option('json', { type: 'boolean', default: false, describe: 'print a summary as JSON only' }),
  handler: async (args) => {
    const chip = findChip(args.chip)
    const { quantized } = loadForRun(args.model)
    const positions = args.positions ?? quantized.config.contextLength
    const { attention, placement, mapping, batch } = args
    const program = compile(quantized, chip, { positions, attention, placement, mapping, batch })
    if (args.json) printJson(summary(program))
    else print(dumpPass(program, args.dump ?? 'schedule'))
    if (args.out !== undefined) await writePrograms(program, args.out)
  },
}

function summary({ scheduled, image }: CompiledProgram): object {
  return {
    model: scheduled.model.name,
    chip: scheduled.spec.name,
    units: scheduled.units.length,
    coresAvailable: scheduled.cores,
    coresUsed: image.cores.filter((core) => core.program.length > 0).length,
    timeMultiplexed: scheduled.shared,
    batch: scheduled.batch,
    expectedFlitHopsPerToken: expectedFlitHops(scheduled),
    notes: scheduled.notes,
    cores: scheduled.plans.map((plan, index) => ({
      core: index,
      roles: image.cores[index]!.roles,
      instructions: image.cores[index]!.program.length,
      dataBytes: plan.data.words * 4,
      weightBytes: plan.weights.reduce((sum, place) => sum + place.bytes, 0),
    })),
  }
}

async function writePrograms(program: CompiledProgram, folder: string): Promise<void> {
  let written = 0
  for (const [core, image] of program.image.cores.entries()) {
    if (image.program.length === 0) continue
    await writeAtomically(join(folder, `core-${core}.bin`), writeProgramFile(image.program))
    await writeAtomically(join(folder, `core-${core}.asm`), coreListing(program, core))
    written++
  }
  note(`wrote ${written} programs and listings to ${folder}`)
}
