import type { CommandModule } from 'yargs'
import { stringify } from 'yaml'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { coreCount } from '../sim/config/size.js'
import { findChip, presetNames } from './chip-source.js'
import { SET } from './defaults.js'
import { print, printJson, table } from './output.js'

function summary(spec: ChipSpec) {
  const { name, description, grid, core, network, sync, system } = spec
  const chips = system.chipColumns * system.chipRows
  return {
    name,
    description,
    cores: coreCount(spec),
    grid: `${grid.columns}x${grid.rows} ${grid.topology}${chips > 1 ? ` x ${chips} chips` : ''}`,
    lanes: core.lanes,
    virtualChannels: network.virtualChannels,
    sync: sync.mode,
    spikeTrain: core.spikeTrain,
  }
}

function listOf(chips: readonly ReturnType<typeof summary>[]): string {
  const head = ['chip', 'cores', 'grid', 'lanes', 'VCs', 'sync', 'trains', 'what it is for']
  const rows = chips.map((chip) => [
    chip.name, chip.cores, chip.grid, chip.lanes, chip.virtualChannels, chip.sync, chip.spikeTrain, chip.description,
  ])
  return `${table([head, ...rows])}\n\nShow one in full: spikeloom chips ${chips[0]!.name} > my-chip.yaml; then use it: --chip my-chip.yaml`
}

const presets = (set: readonly string[]) => presetNames().map((preset) => summary(findChip(preset, set)))

/** What `spikeloom chips` prints. */
export function chipList(): string {
  return listOf(presets([]))
}

/** `spikeloom chips [NAME]`: the presets in a table, or one chip as a complete chip file. */
export const command: CommandModule<object, { name: string | undefined; set: string[]; json: boolean }> = {
  command: 'chips [name]',
  describe: 'list the chips that come with Spikeloom, or show one in full',
  builder: (parser) => parser
    .positional('name', { type: 'string', describe: 'preset name, or a chip file to check and complete' })
    .option('set', SET)
    .option('json', { type: 'boolean', default: false, describe: 'print JSON only' }),
  handler: ({ name, set, json }) => {
    if (name !== undefined) {
      const chip = findChip(name, set)
      if (json) printJson(chip)
      else print(stringify(chip).trimEnd())
      return
    }
    const chips = presets(set)
    if (json) printJson({ chips })
    else print(listOf(chips))
  },
}
