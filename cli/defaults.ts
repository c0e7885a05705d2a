/** What a command takes that was given none. Loaded for the help of every command, so it loads nothing. */

export const DEFAULT_CHIP = 'loom-64'

export const DEFAULT_MODEL = 'kjv-1m'

/** What the shipped model continues when no prompt is given. */
export const DEFAULT_PROMPT = 'And the LORD said unto'
