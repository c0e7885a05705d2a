import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { didYouMean, InputError } from '../sim/errors.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { loadChip } from '../sim/config/load-chip.js'
import { parseSetting } from '../sim/config/set-keys.js'
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

const isFile = (name: string): boolean => statSync(name, { throwIfNoEntry: false })?.isFile() === true

/** A chip file is written by hand: anything longer is something else. */
const MOST_BYTES = 2 ** 20

/**
 * The chip that `--chip NAME|FILE` means: a file when it has a slash or ends in .yaml, .yml or .json, else a preset. A chip
 * that is there already is itself.
 * @param set keys in place of the file's, as `core.lanes=128`
 * @throws InputError for no such preset (names the nearest, and all), no such file, or a wrong chip.
 */
export function findChip(nameOrFile: string | ChipSpec, set: readonly string[] = []): ChipSpec {
  if (typeof nameOrFile !== 'string') return nameOrFile
  const settings = set.map(parseSetting)
  if (/[/\\]/.test(nameOrFile) || EXTENSION.test(nameOrFile) || nameOrFile.endsWith('.json') || isFile(nameOrFile)) {
    return loadChip(readText(nameOrFile, 'chip file', { maxBytes: MOST_BYTES }), nameOrFile, settings)
  }
  const names = presetNames()
  if (!names.includes(nameOrFile)) {
    throw new InputError(`there is no chip '${nameOrFile}'.${didYouMean(nameOrFile, names)} Chips: ${names.join(', ')}.`
      + ' A chip file of your own is named by its path, ending in .yaml.')
  }
  const file = join(packageRoot(), PRESETS, `${nameOrFile}.yaml`)
  return loadChip(readText(file, 'chip file'), `${PRESETS}/${nameOrFile}.yaml`, settings)
}
