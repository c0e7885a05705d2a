import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean, InputError } from '../sim/errors.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { loadChip } from '../sim/config/load-chip.js'
import { DEFAULT_CHIP } from './defaults.js'
import { readText } from './files.js'
import { packageRoot } from './package-root.js'

const EXTENSION = /\.ya?ml$/
const PRESETS = 'chips'

/** Names of the chips that come with Spikeloom, the default first. */
export function presetNames(): string[] {
  const names = readdirSync(join(packageRoot(), PRESETS))
    .filter((file) => EXTENSION.test(file))
    .map((file) => file.replace(EXTENSION, ''))
    .sort()
  return [DEFAULT_CHIP, ...names.filter((name) => name !== DEFAULT_CHIP)]
}

/**
 * The chip that `--chip NAME|FILE` means: a file when it has a slash or ends in .yaml or .yml, else a preset. A chip that is
 * there already is itself.
 * @throws InputError for no such preset (names the nearest, and all), no such file, or a wrong chip.
 */
export function findChip(nameOrFile: string | ChipSpec): ChipSpec {
  if (typeof nameOrFile !== 'string') return nameOrFile
  if (/[/\\]/.test(nameOrFile) || EXTENSION.test(nameOrFile)) {
    return loadChip(readText(nameOrFile, 'chip file'), nameOrFile)
  }
  const names = presetNames()
  if (!names.includes(nameOrFile)) {
    throw new InputError(`there is no chip '${nameOrFile}'.${didYouMean(nameOrFile, names)} Chips: ${names.join(', ')}.`
      + ' A chip file of your own is named by its path, ending in .yaml.')
  }
  const file = join(packageRoot(), PRESETS, `${nameOrFile}.yaml`)
  return loadChip(readText(file, 'chip file'), `${PRESETS}/${nameOrFile}.yaml`)
}
