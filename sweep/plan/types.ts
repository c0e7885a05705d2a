import type { ChipSpec } from '../../sim/config/chip-spec.js'

/** What a key of a plan may be set to. */
export type Value = string | number | boolean

/** Keys by their names in the plan, and what a point sets them to. */
export type Settings = Readonly<Record<string, Value>>

/** What a key belongs to: the chip, the options of a run, the shape of the model, or which chip it starts from. */
export type Target = 'chip' | 'run' | 'shape' | 'base'

export interface Key {
  /** As the plan writes it. */
  readonly name: string
  readonly target: Target
  /** Within its target: `core.lanes` of the chip, `encoding` of the run. */
  readonly path: string
}

/** One key that varies, and what over. */
export type Dimension =
  /** The values listed, or steps of a range. Ordered: neighbours in the list are neighbours in the search too. */
  | { readonly key: Key; readonly kind: 'levels'; readonly values: readonly Value[]; readonly ordered: boolean }
  /** Any number of a range. */
  | { readonly key: Key; readonly kind: 'range'; readonly range: Range }

export interface Range {
  readonly from: number
  readonly to: number
  readonly scale: 'linear' | 'log'
  /** Whole numbers only. */
  readonly whole: boolean
}

/** What a search makes small or large. */
export interface Objective {
  /** As the plan writes it: `J/token`, or the path of a result key. */
  readonly name: string
  /** Where it stands among a point's numbers. */
  readonly path: string
  readonly direction: 'minimise' | 'maximise'
}

export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!='

/** A condition that a point must meet to be on the front: `area.totalMm2 < 50`. */
export interface Constraint {
  readonly text: string
  readonly path: string
  readonly comparison: Comparison
  readonly limit: Value
}

/** A point to stand beside the swept ones: its name, and what it sets. */
export interface Baseline {
  readonly name: string
  readonly settings: Settings
}

export type SearchName = 'grid' | 'random' | 'latin' | 'pareto'

/** A plan, read and checked. */
export interface Plan {
  readonly base: string
  readonly dimensions: readonly Dimension[]
  /** Keys of `vary` and of baselines, by name. */
  readonly keys: ReadonlyMap<string, Key>
  /** Options of run, each checked. */
  readonly run: Settings
  readonly search: SearchName
  /** Points to draw; of a grid, all it has. */
  readonly points: number
  /** Points of one generation of the search for the front. */
  readonly population: number
  readonly objectives: readonly Objective[]
  readonly constraints: readonly Constraint[]
  readonly baselines: readonly Baseline[]
  /** How often each point runs, each time with the next seed. */
  readonly repeats: number
  /** Seed of what the search draws; a run's own seed is an option of run. */
  readonly seed: number
  /** Text on which each point's perplexity is measured. */
  readonly evaluation: { readonly text: string; readonly limitBytes: number | undefined } | undefined
  /** Whether the store keeps each point's whole result beside its numbers. */
  readonly keep: 'results' | 'numbers'
}

/** What the command line knows of its own options, of chips and of models; the library reads no file. */
export interface Vocabulary {
  /** Options of run that a plan may set, as they follow `--`. */
  readonly options: readonly string[]
  /** The option's value as the run will see it. @throws InputError if it cannot be */
  readonly checkOption: (option: string, value: Value) => Value
  /** Sizes of a model's shape that a plan may set. */
  readonly sizes: readonly string[]
  /** @throws InputError for no such chip */
  readonly chip: (name: string) => ChipSpec
}
