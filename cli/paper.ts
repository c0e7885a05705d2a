import type { Argv, CommandModule } from 'yargs'
import { didYouMean, InputError } from '../sim/errors.js'
import { paperAdditionPj, paperMacPj, paperPrefill, PAPER_MAC_PJ, prefillMacs } from '../sim/energy/paper.js'
import { macsOf } from '../programs/graph/macs.js'
import { MODEL_SHAPES } from '../programs/shapes/presets.js'
import { configOf } from './model-config.js'
import { whole } from './numbers.js'
import { print, printJson, table } from './output.js'
import { figureText, PAPER_SPIKES_PER_ACTIVATION, PAPER_TOKENS, paperFigures } from './paper-figures.js'

interface PaperArguments {
  model: string
  tokens: number
  spikesPerActivation: number
  bits: number
  attention: string
  causal: boolean
  head: boolean
  json: boolean
}

const ATTENTION = ['spiking', 'mac']

function check(args: PaperArguments): void {
  const { bits, spikesPerActivation, attention } = args
  const most = 2 ** (bits - 1) - 1
  if (!(spikesPerActivation >= 0 && spikesPerActivation <= most)) {
    throw new InputError(`--spikes-per-activation ${spikesPerActivation} is not from 0 to ${most}, `
      + `the largest count of ${bits} bits.`)
  }
  if (!ATTENTION.includes(attention)) {
    throw new InputError(`--attention '${attention}' is not one of ${ATTENTION.join(', ')}.`
      + didYouMean(attention, ATTENTION))
  }
}

/** The paper's accounting of one prefill. */
function account(args: PaperArguments) {
  const { tokens, bits, causal, head, spikesPerActivation } = args
  const model = macsOf(configOf(args.model))
  const options = { causal, head }
  const macs = prefillMacs(model, tokens, options)
  const spikes = { spikesPerActivation, bits, spikingAttention: args.attention === 'spiking' }
  const energy = paperPrefill(model, tokens, spikes, options)
  const quantized = `w${bits}a${bits}`
  const joules = {
    fp32: energy.denseFloatPj * 1e-12, [quantized]: energy.denseQuantizedPj * 1e-12, sdllm: energy.spikingPj * 1e-12,
  }
  return {
    model: args.model, tokens, spikesPerActivation, bits, attention: args.attention, causal, head,
    macs: macs.total, macsByPart: { linear: macs.linear, attention: macs.attention, head: macs.head },
    additions: energy.additions, macsLeft: energy.macs,
    constantsPj: { fp32Mac: PAPER_MAC_PJ, [`${quantized}Mac`]: paperMacPj(bits), addition: paperAdditionPj(bits) },
    energyJ: joules,
    energyPerTokenMj: Object.fromEntries(Object.entries(joules).map(([name, value]) => [name, (value * 1e3) / tokens])),
  }
}

function printAccount(result: ReturnType<typeof account>): void {
  const { energyJ, energyPerTokenMj, bits, causal, head, attention } = result
  const half = causal ? 'its causal half' : 'the full square'
  const left = attention === 'mac' ? `, attention as ${bits}-bit multiply-accumulates` : ''
  print(`${result.model}, prefill of ${result.tokens} tokens: operations x 45 nm constants; no memory, no network.`)
  print(`${figureText(result.macs, '')} multiply-accumulates; attention over ${half}, `
    + `output head ${head ? 'counted' : 'not counted'}. SDLLM: ${figureText(result.additions, '')} additions at `
    + `${result.spikesPerActivation} spikes per activation${left}.\n`)
  const rows = Object.entries(energyJ).map(([name, joules]) =>
    [name, figureText(joules, 'J'), figureText(energyPerTokenMj[name]!, 'mJ'), figureText(energyJ.fp32 / joules, 'x')])
  print(table([['', 'energy', 'per token', 'less than fp32'], ...rows]))
}

function printFigures(): void {
  print('\nThe published figures, and what must be assumed for them. [I]: inferred, not stated by the paper.')
  let group = ''
  const rows: string[][] = [['', 'published', 'here', 'assumption']]
  for (const figure of paperFigures()) {
    if (figure.group !== group) rows.push([group = figure.group, '', '', ''])
    rows.push([
      `  ${figure.name}`, figure.published === null ? '-' : figureText(figure.published, figure.unit),
      figureText(figure.recomputed, figure.unit), `${figure.basis === 'inferred' ? '[I] ' : ''}${figure.assumption}`,
    ])
  }
  print(table(rows))
}

/** `spikeloom paper`: the literature's accounting of energy, computed from shapes and spike statistics. */
export const command: CommandModule<object, PaperArguments> = {
  command: 'paper',
  describe: 'compute energy as the papers do, from a model\'s shape and its spikes per activation',
  builder: (parser) => parser
    .option('model', { type: 'string', default: 'llama-2-7b',
      describe: `${Object.keys(MODEL_SHAPES).join(', ')}, a config.json, or any model` })
    .option('tokens', { ...whole('tokens', 1, Number.MAX_SAFE_INTEGER), default: PAPER_TOKENS, describe: 'tokens of the prefill' })
    .option('spikes-per-activation', { type: 'number', default: PAPER_SPIKES_PER_ACTIVATION,
      describe: 'mean spikes of an activation, silent ones included' })
    .option('bits', { ...whole('bits', 2, 32), default: 4, describe: 'bits of weights, activations and additions' })
    .option('attention', { type: 'string', default: 'spiking',
      describe: 'QK^T and PV: spiking, or mac (multiply-accumulates)' })
    .option('causal', { type: 'boolean', default: false, describe: 'count attention\'s causal half only' })
    .option('head', { type: 'boolean', default: false, describe: 'count the output head' })
    .option('json', { type: 'boolean', default: false, describe: 'print JSON only' }) as unknown as Argv<PaperArguments>,
  handler: (args) => {
    check(args)
    const result = account(args)
    if (args.json) return printJson({ ...result, figures: paperFigures() })
    printAccount(result)
    printFigures()
  },
}
