/** What a user of the compiler may choose, by name. Loaded by the command line for its help, so it loads nothing. */

/** Whether every unit has a core of its own, so that no weight moves, or units share cores. */
export const MAPPINGS = ['auto', 'stationary', 'shared'] as const
export type Mapping = (typeof MAPPINGS)[number]

/** How units find their cores: from the most to the least effort. */
export const PLACEMENTS = ['annealed', 'greedy', 'snake', 'row-major'] as const
export type Placement = (typeof PLACEMENTS)[number]

/** The compiler's passes, in order; `spikeloom compile --dump NAME` shows what each hands on. */
export const PASSES = ['quantize', 'tile', 'place', 'schedule', 'emit'] as const
export type PassName = (typeof PASSES)[number]
