/** What a command takes that was given none. Loaded for the help of every command, so it loads nothing. */

export const DEFAULT_CHIP = 'loom-64'

export const DEFAULT_MODEL = 'kjv-1m'

/** What the shipped model continues when no prompt is given. */
export const DEFAULT_PROMPT = 'And the LORD said unto'

/** `--set`, the same for every command that takes a chip. */
export const SET = {
  type: 'string', array: true, nargs: 1, default: [] as string[], describe: 'set a key of the chip, as core.lanes=128 (repeatable)',
} as const
