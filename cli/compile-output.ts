import { writeProgramFile } from '../isa/index.js'
import type { CompiledProgram } from '../programs/compile/compile.js'
import { coreListing } from '../programs/compile/listing.js'
import { expectedFlitHops } from '../programs/compile/place.js'
import { note } from './output.js'
import type { OutputFolder } from './outputs.js'

/** What `spikeloom compile --json` prints. */
export function programSummary({ scheduled, image }: CompiledProgram): object {
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

/** Every core's program and listing, into a folder. */
export async function writePrograms(program: CompiledProgram, out: OutputFolder): Promise<void> {
  let written = 0
  for (const [core, image] of program.image.cores.entries()) {
    if (image.program.length === 0) continue
    await out.write(`core-${core}.bin`, writeProgramFile(image.program))
    await out.write(`core-${core}.asm`, coreListing(program, core))
    written++
  }
  note(`wrote ${written} programs and listings to ${out.path}`)
}
