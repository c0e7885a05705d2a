import { encodingByName } from '../encodings/encodings.js'
import { InputError } from '../../sim/errors.js'
import type { ChipSpec } from '../../sim/config/chip-spec.js'
import { coreCount } from '../../sim/config/size.js'
import { rowWords } from '../../sim/config/weight-rows.js'
import { isExpertPort, PORTS } from '../graph/operators.js'
import type { Port } from '../graph/operators.js'
import type { ModelConfig } from '../models/types.js'
import type { QuantizedModel } from '../quantize/types.js'
import { LONGEST_RUN, linearOf, rangeLength, splitEvenly } from './ir.js'
import { stagesOfLayer } from './stages.js'
import type { CompileOptions, Range, TiledModel, Unit } from './ir.js'

/**
 * Pass 'tile': cuts every linear layer into rectangles that fit a core, and lists all units. Outputs
 * are split first, because input splits cost partial sums; cores left over go to the layers that
 * gain most from more output splits.
 */

/** Outputs of a tile are cut at multiples of this, so that rows fill whole bank words. */
const OUTPUT_GRAIN = 16

interface Cut {
  readonly inputParts: number
  readonly outputParts: number
}

/** Bytes of weight SRAM of a rectangle: rows start at bank words. */
export function tileBytes(spec: ChipSpec, inputs: number, outputs: number, bits: number): number {
  return (rowWords(spec.core, outputs, bits) * spec.core.weightBankBits * inputs) / 8
}

/**
 * Cycles a token of one spike an input is expected to spend on a layer: adder passes of a tile, and the flits in which
 * partial sums reach their one owner. Tiles that find no core go in further rounds.
 */
function cutCycles(spec: ChipSpec, inputs: number, outputs: number, { inputParts, outputParts }: Cut, cores: number): number {
  const rows = rangeLength(splitEvenly(inputs, inputParts, 1)[0]!)
  const width = rangeLength(splitEvenly(outputs, outputParts, OUTPUT_GRAIN)[0]!)
  const rounds = Math.ceil((inputParts * outputParts) / cores)
  return rounds * rows * Math.ceil(width / spec.core.lanes) + (inputParts * outputs * 32) / spec.network.flitBits
}

/** What decides between cuts: for one token the tiles, then the cycles; in a batch, whose tiles work together, the cycles. */
function isBetter(a: CostedCut, b: CostedCut | undefined, batch: number): boolean {
  if (b === undefined || a.fits !== b.fits) return b === undefined || a.fits
  const tiles = a.inputParts * a.outputParts - b.inputParts * b.outputParts
  if (batch === 1) return tiles < 0 || (tiles === 0 && a.cycles < b.cycles)
  return a.cycles < b.cycles || (a.cycles === b.cycles && tiles < 0)
}

interface CostedCut extends Cut {
  readonly cycles: number
  /** Whether there are cores for all tiles that must work together in a batch. */
  readonly fits: boolean
}

/** The best of the cuts of a layer whose tiles fit a core, with `sums` accumulators an output. */
function bestCut(
  { spec, batch, sums }: Pick<TiledModel, 'spec' | 'batch'> & { readonly sums: number }, kind: Port, inputs: number, outputs: number, bits: number,
  capacity: number,
): Cut {
  const cores = Math.max(1, Math.floor((coreCount(spec) * 2) / 3))
  const most = Math.floor(spec.core.accumulators / sums)
  const leastOutputParts = Math.ceil(outputs / most)
  const mostOutputParts = Math.max(leastOutputParts, Math.ceil(outputs / OUTPUT_GRAIN))
  let best: CostedCut | undefined
  for (let outputParts = leastOutputParts; outputParts <= mostOutputParts; outputParts++) {
    const width = rangeLength(splitEvenly(outputs, outputParts, OUTPUT_GRAIN)[0]!)
    if (width > most) continue
    const rowBytes = tileBytes(spec, 1, width, bits)
    // One encoder instruction sends a train, and an event's axon has as many bits as its length field.
    const rows = Math.min(LONGEST_RUN, Math.floor(capacity / rowBytes))
    if (rows === 0) continue
    for (const inputParts of batch === 1 ? [Math.ceil(inputs / rows)] : partsFrom(Math.ceil(inputs / rows))) {
      const cut = { inputParts, outputParts }
      const fits = batch === 1 || (kind === 'embedding' ? outputParts : inputParts) <= cores
      const costed = { ...cut, fits, cycles: cutCycles(spec, inputs, outputs, cut, cores) }
      if (isBetter(costed, best, batch)) best = costed
    }
  }
  if (best === undefined) {
    throw new InputError(
      `${kind}: not even one input of ${outputs} outputs fits a core: ${OUTPUT_GRAIN} outputs of ${bits} bits need ` +
        `${tileBytes(spec, 1, OUTPUT_GRAIN, bits)} bytes of weight SRAM and ${sums * OUTPUT_GRAIN} accumulators, the core has ` +
        `${capacity} bytes and ${spec.core.accumulators}. Raise core.weightSramKiB or core.accumulators.`,
    )
  }
  return best
}

/** Input splits to try: the fewest that fit, and some more. */
function partsFrom(least: number): number[] {
  return [least, least + 1, least + 2, least + 3]
}

interface Plan {
  cut: Cut
  readonly inputs: number
  readonly outputs: number
  readonly copies: number
  /** Copies that a token goes through: of the experts, those that are chosen. */
  readonly active: number
}

/** Layers that have a kind of linear layer; -1 for the embedding and the head. */
function layersWith(config: ModelConfig, port: Port): number[] {
  if (port === 'embedding' || port === 'head') return [-1]
  return Array.from({ length: config.layers }, (_, layer) => layer)
    .filter((layer) => stagesOfLayer(config, layer).some(({ linear }) => linear.port === port))
}

/** How often a model has a linear layer of a kind, and how many of them a token goes through. */
function copiesOf(config: ModelConfig, port: Port): Pick<Plan, 'copies' | 'active'> {
  const { length } = layersWith(config, port)
  const { count = 1, chosen = 1 } = isExpertPort(port) ? config.experts! : {}
  return { copies: length * count, active: length * chosen }
}

function tilesOf(plan: Plan): number {
  return rangesOf(plan).inputs.length * rangesOf(plan).outputs.length * plan.copies
}

function rangesOf(plan: Plan): { inputs: Range[]; outputs: Range[] } {
  return {
    inputs: splitEvenly(plan.inputs, plan.cut.inputParts, 1),
    outputs: splitEvenly(plan.outputs, plan.cut.outputParts, OUTPUT_GRAIN),
  }
}

/** Adder passes that one spike on every input of a layer costs: what more output splits shorten. */
function passes(spec: ChipSpec, plan: Plan): number {
  const { inputs, outputs } = rangesOf(plan)
  return rangeLength(inputs[0]!) * Math.ceil(rangeLength(outputs[0]!) / spec.core.lanes)
}

/** Gives spare cores to the layers that get faster by more output splits, best gain per core first. */
function spread(spec: ChipSpec, plans: Map<Port, Plan>, spareCores: number): number {
  for (let spare = spareCores; ;) {
    let best: { plan: Plan; cut: Cut; extra: number; gain: number } | undefined
    for (const [kind, plan] of plans) {
      if (kind === 'embedding') continue
      for (let outputParts = plan.cut.outputParts + 1; outputParts <= plan.cut.outputParts * 2; outputParts++) {
        const cut = { ...plan.cut, outputParts }
        const wider = { ...plan, cut }
        const extra = tilesOf(wider) - tilesOf(plan)
        const gain = ((passes(spec, plan) - passes(spec, wider)) * plan.active) / extra
        if (extra <= 0 || extra > spare || gain <= 0) continue
        if (best === undefined || gain > best.gain) best = { plan, cut, extra, gain }
      }
    }
    if (best === undefined) return spareCores - spare
    best.plan.cut = best.cut
    spare -= best.extra
  }
}

function checkOptions(model: QuantizedModel, options: CompileOptions): void {
  const { attentionBits, weightGroup } = model.options
  for (const name of ['batch', 'sequences'] as const) {
    const { [name]: value = 1 } = options
    if (value !== 1 && model.config.experts !== undefined) {
      throw new InputError(`${name}: ${value}, but model ${model.name} has experts: each token chooses its own, so tokens go through the layers one by one. Take 1.`)
    }
    if (!Number.isInteger(value) || value < 1) throw new InputError(`${name}: ${value}, expected a whole number of at least 1`)
  }
  if (weightGroup > 0) {
    throw new InputError(
      `weightGroup is ${weightGroup}: on the chip the partial sums of a layer meet as integers, so a channel has one scale. ` +
        'Evaluate groups with spikeloom eval; run with one scale an output channel (weightGroup 0).',
    )
  }
  if (attentionBits !== 8) {
    throw new InputError(`attentionBits is ${attentionBits}: the chip's attention weights have 8 bits. Quantize with attentionBits 8.`)
  }
  if (options.positions > model.config.contextLength) {
    throw new InputError(
      `the run needs ${options.positions} positions, but model ${model.name} has a context of ${model.config.contextLength} tokens. ` +
        'Shorten the prompt or ask for fewer tokens.',
    )
  }
}

function noBatches(sequences: number): string {
  return `sequences ${sequences}: sequences run together to share weights that are fetched from external memory, but on this chip every ` +
    'weight stays. Run 1; tokens of a prompt go through the layers one behind the other, as those of several sequences would.'
}

export function tile(model: QuantizedModel, spec: ChipSpec, options: CompileOptions): TiledModel {
  checkOptions(model, options)
  const plans = new Map<Port, Plan>()
  const fetches = weightsAreFetched(model, spec)
  const { sequences = 1 } = options
  if (sequences > 1 && !fetches) throw new InputError(noBatches(sequences))
  const batch = fetches ? options.batch ?? sequences : 1
  if (sequences > 1 && batch === 1) {
    throw new InputError(`sequences ${sequences}, batch 1: sequences run together by sharing each weight that is fetched, in batches of at least 2 tokens. ` +
      'Raise batch, or run 1 sequence.')
  }
  const capacity = fetches && spec.dram.streaming === 'row' && batch === 1 ? Infinity : spec.core.weightSramKiB * 1024
  for (const kind of PORTS) {
    const [layer] = layersWith(model.config, kind)
    if (layer === undefined) continue
    const { inputs, outputs, bits } = linearOf(model, kind, layer)
    plans.set(kind, { inputs, outputs, ...copiesOf(model.config, kind), cut: bestCut({ spec, batch, sums: kind === 'embedding' ? 1 : encodingByName(model.options.encoding).sums }, kind, inputs, outputs, bits, capacity) })
  }
  const vectorUnits = model.config.layers * (1 + model.config.kvHeads) + 1
  const cores = coreCount(spec)
  const needed = vectorUnits + [...plans.values()].reduce((sum, plan) => sum + tilesOf(plan), 0)
  const spare = options.mapping === 'shared' ? 0 : Math.max(0, cores - needed)
  const used = spread(spec, plans, spare)
  const notes = used > 0 ? [`${used} spare cores take output splits of the linear layers`] : []
  const slices = Object.fromEntries([...plans].map(([kind, plan]) => [kind, rangesOf(plan).inputs])) as Record<Port, Range[]>
  return { model, spec, options, units: listUnits(model, plans, batch), slices, notes, externalData: false, batch, sequences }
}

/** Bytes of all weights of a model, packed at their width, with their masks where a chip has such. */
export function weightBytes(model: QuantizedModel, { core }: ChipSpec): number {
  const maskBits = core.zeroWeights === 'skipped' ? 1 : 0
  return PORTS.reduce((sum, kind) => {
    const [layer] = layersWith(model.config, kind)
    if (layer === undefined) return sum
    const { inputs, outputs, bits } = linearOf(model, kind, layer)
    return sum + (inputs * outputs * (bits + maskBits) * copiesOf(model.config, kind).copies) / 8
  }, 0)
}

/** True if the weights are more than all weight SRAM holds, and there is an external memory they can come from. */
function weightsAreFetched(model: QuantizedModel, spec: ChipSpec): boolean {
  return spec.dram.kind !== 'none' && weightBytes(model, spec) > spec.core.weightSramKiB * 1024 * coreCount(spec)
}

/**
 * All units in stage order: embedding, layer by layer, final hub, head. The tiles of a batch come output range by output
 * range, so that those which work at the same time complete outputs; those of the embedding, where one slice of inputs
 * holds the token, slice by slice.
 */
function listUnits(model: QuantizedModel, plans: Map<Port, Plan>, batch: number): Unit[] {
  const units: Unit[] = []
  const matrix = (linear: Port, layer: number, expert?: number): void => {
    const { inputs, outputs } = rangesOf(plans.get(linear)!)
    const whose = expert === undefined ? {} : { expert }
    const push = (slice: number, output: Range): void => {
      units.push({ kind: 'matrix', id: units.length, linear, layer, inputs: inputs[slice]!, outputs: output, slice, ...whose })
    }
    if (batch > 1 && linear !== 'embedding') for (const output of outputs) inputs.forEach((_, slice) => push(slice, output))
    else inputs.forEach((_, slice) => { for (const output of outputs) push(slice, output) })
  }
  matrix('embedding', -1)
  for (let layer = 0; layer < model.config.layers; layer++) {
    const stages = stagesOfLayer(model.config, layer)
    const experts = stages.filter(({ linear }) => linear.isExpert === true)
    stages.forEach(({ linear, heads }, stage) => {
      if (linear.isExpert !== true) matrix(linear.port, layer)
      else if (linear === experts[0]!.linear) {
        // Expert by expert, as a token meets them.
        for (let expert = 0; expert < model.config.experts!.count; expert++) experts.forEach((own) => matrix(own.linear.port, layer, expert))
      }
      if (heads.length > 0) {
        for (let kvHead = 0; kvHead < model.config.kvHeads; kvHead++) units.push({ kind: 'attention', id: units.length, layer, kvHead })
      }
      if (stage === 0) units.push({ kind: 'hub', id: units.length, layer })
    })
  }
  units.push({ kind: 'final', id: units.length, layer: -1 })
  matrix('head', -1)
  return units
}
