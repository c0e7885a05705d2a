import pc from 'picocolors'
import type { RunResult } from '../sim/result/schema.js'
import { coreCount } from '../sim/config/size.js'
import { COMPONENT_LOOK, componentShares } from './components.js'
import { latencyBasis, tokenBasis } from './basis.js'
import { constant, duration, energy, energyRange, grouped, number3, percent, plural, power, printable, short } from './format.js'
import { chipPays } from './literature.js'
import { batchOf, headline, tokenLatencyCycles } from './view.js'

export interface TextOptions {
  readonly color: boolean
  /** Columns of the terminal: text wraps there. Default 80. */
  readonly width?: number
}

type Colors = ReturnType<typeof pc.createColors>

const LABEL = 10
const BAR = 24
const COMPONENTS_SHOWN = 6
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of block characters, an eighth of a character fine. */
function bar(share: number): string {
  const eighths = Math.round(share * BAR * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
}

/** Breaks at blanks so that no line is longer than `width`; a longer word is left whole. One character a break. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let rest = paragraph
    while (rest.length > width) {
      const blank = rest.lastIndexOf(' ', width)
      const at = blank > 0 ? blank : rest.indexOf(' ', width)
      if (at < 0) break
      lines.push(rest.slice(0, at))
      rest = rest.slice(at + 1)
    }
    return [...lines, rest]
  })
}

/** The generated text, the prompt dimmed. */
function story(result: RunResult, c: Colors, width: number): string[] {
  const prompt = printable(result.prompt.text)
  const lines = wrap(`${prompt}${printable(result.text)}`, width - 4)
  let left = prompt.length
  return lines.map((line) => {
    const dimmed = Math.min(line.length, Math.max(0, left))
    left -= line.length + 1
    return `  ${dimmed > 0 ? c.dim(line.slice(0, dimmed)) : ''}${c.bold(line.slice(dimmed))}`.trimEnd()
  })
}

function verification({ verification: check, tokens }: RunResult, c: Colors): string {
  if (check.logitsCompared === 0) return c.yellow('–') + ' not compared with the reference interpreter'
  const logits = plural(check.logitsCompared, 'logit')
  if (check.bitExact) {
    return `${c.green('✓ bit-exact')}: ${logits} of ${plural(tokens.length, 'generated token')} equal the reference`
  }
  const first = check.firstMismatch
  const where = first === null ? '' : `; first at position ${first.position}, logit ${first.index}: ` +
    `chip ${first.chip}, reference ${first.reference}`
  return `${c.red('✗ differs')} from the reference interpreter${where}`
}

function components(result: RunResult, c: Colors): string[] {
  const shares = componentShares(result.energy.byComponent, result.energy.totalPj)
  const perToken = headline(result).chipPj / (result.energy.totalPj || 1)
  const largest = shares[0]?.share ?? 1
  const shown = shares.slice(0, COMPONENTS_SHOWN).map((row) => ({ ...row, label: COMPONENT_LOOK[row.component].label }))
  const rest = shares.slice(COMPONENTS_SHOWN)
  const others = { label: 'the rest', share: 0, pj: 0 }
  for (const row of rest) {
    others.share += row.share
    others.pj += row.pj
  }
  return [...shown, ...(rest.length > 0 ? [others] : [])].map(({ label, share, pj }) =>
    `  ${label.padStart(LABEL + 6)}  ${c.cyan(bar(share / largest).padEnd(BAR))}  ${percent(share).padStart(7)}  ` +
      `${c.dim(energy(pj * perToken))}`)
}

function accounts(result: RunResult, c: Colors, width: number): string[] {
  const { paper } = result.energy
  const view = headline(result)
  if (!Number.isFinite(view.chipOverAdditions)) return []
  const indent = ' '.repeat(LABEL + 2)
  const macs = paper.macs > 0
    ? [`${indent}${energy(view.macsPj)} per token  ${c.dim(`${short(paper.macs / view.tokens)} MACs that stay × ${constant(paper.macPj)} pJ: ` +
      `${energy(view.paperPj)} both`)}`] : []
  return [
    `  ${'paper'.padEnd(LABEL)}${energy(view.additionsPj)} per token  ` +
      c.dim(`${short(paper.additions / view.tokens)} additions × ${constant(paper.additionPj)} pJ`),
    ...macs,
    `${indent}${c.bold(c.yellow(`the chip pays ${chipPays(result)}`))}`,
    ...wrap(`${paper.bits}-bit MACs without spikes would be ${energy(view.denseQuantizedPj)}`, width - LABEL - 4)
      .map((line) => `${indent}${c.dim(line)}`),
  ]
}

/** The interval of a token's energy under the ranges of all prices. */
function certainty({ energy: { interval, totalPj, perTokenPj } }: RunResult): string {
  if (interval === undefined || totalPj === 0) return ''
  const perToken = perTokenPj / totalPj
  return `${energyRange(interval.low * perToken, interval.high * perToken)} as prices may be; `
}

/** Peak power and area, where a result says them. */
function silicon({ power: watts, area }: RunResult): string {
  return watts === undefined || area === undefined ? '' : `, ${power(watts.peakW)} at the peak, on ${number3(area.totalMm2)} mm²`
}

/**
 * The summary of a run for the terminal: the text, whether it is right, what it cost, and both accounts of the energy.
 * Pure: no terminal is asked.
 */
export function textReport(result: RunResult, options: TextOptions): string {
  const c = pc.createColors(options.color)
  const { model, chip, encoding, latency, activity, throughput } = result
  const view = headline(result)
  const cores = coreCount(chip.spec)
  const tokenCycles = tokenLatencyCycles(result)
  const line = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`
  return [
    '',
    ...(result.weights === 'real' ? [...story(result, c, options.width ?? 80), ''] : []),
    `  ${verification(result, c)}`,
    '',
    line('model', `${printable(model.name)}  ${c.dim(`${short(model.parameters)} parameters, ${encoding.name}, ` +
      `W${encoding.weightBits}A${encoding.activationBits}, ${result.weights} weights`)}`),
    line('chip', `${printable(chip.name)}  ${c.dim(`${grouped(cores)} cores, ${chip.spec.technologyNm} nm, ` +
      `${number3(chip.spec.clockMHz)} MHz`)}`),
    line('spikes', `${number3(activity.spikesPerActivation)} per activation  ` +
      c.dim(`whole run: ${short(activity.spikes)} spikes, ${short(activity.synapticAdditions)} additions, ` +
        `${short(activity.flitHops)} flit-hops`)),
    line('latency', `${c.bold(duration(tokenCycles / (chip.spec.clockMHz * 1e6)))} per token  ` +
      c.dim(`${grouped(tokenCycles)} cycles; ${latencyBasis(result)}`)),
    line('', c.dim(`${short(throughput.tokensPerSecond)} tokens/s over the whole run of ${duration(latency.seconds)}` +
      (batchOf(result) === 1 ? '' : `, in batches of up to ${batchOf(result)}`))),
    line('energy', `${c.bold(energy(view.chipPj))} per token  ` +
      c.dim(`mean of ${tokenBasis(result)}`)),
    line('', c.dim(`${certainty(result)}${percent(view.staticShare)} of it clock and leakage`)),
    line('', c.dim(`${power(view.averageW)} on average${silicon(result)}`)),
    ...components(result, c),
    '',
    ...accounts(result, c, options.width ?? 80),
    '',
    c.dim(`  simulated in ${duration(result.wallSeconds)}`),
  ].join('\n').replaceAll('\u00a0', ' ')
}
