import type { CellResult } from './cells.js'
import { isUndecided, milliJoules } from './numbers.js'
import type { Bounded, Findings } from './numbers.js'
import { SYSTEMS, WORKLOADS } from './plan.js'
import { RIVAL } from './studies.js'
import { milliseconds, ratioText, short, table } from './tables.js'

/** The literature's claims, each with the run that could refute it, fixed before there were results, and what came out. */

/** What the rows need beside the runs. */
export interface Evidence {
  /** ELSA's element with zero-skipping multipliers over its own trees, by weight memory: Gaussian, Laplace. */
  readonly skipOverUnary: Readonly<Record<string, readonly [number, number]>>
  /** Largest part of ResNet-50's split that is off, as a share. */
  readonly elsaOff: number
  /** Perplexity of the shipped model under SDLLM's rule, and SpikeLLM's. */
  readonly perplexity: Readonly<Record<'ternary' | 'spikeLlm', number>>
}

/** Measured, mJ a token: docs/findings.md, 'A GPU at the same work'. */
const H100_MJ = { 'decode 1': 2680, 'decode 16': 286, prefill: 17.1 } as const
/** Second hand, 8 billion parameters hardwired: docs/validation.md. */
const TAALAS_MJ = [12, 15] as const

interface At {
  readonly place: string
  readonly ratio: Bounded
}

/** A rival's ratio to ternary wherever both were run. */
function everywhere(findings: Findings, rival: string): At[] {
  return WORKLOADS.flatMap(({ name: workload }) => SYSTEMS.flatMap(({ name: system }) => {
    const ratio = findings.ratio(workload, system, rival)
    return ratio === undefined ? [] : [{ place: `${system}, ${workload}`, ratio }]
  }))
}

const spanText = (all: readonly At[]): string => {
  const values = all.map(({ ratio }) => ratio.value)
  return `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`
}

const countOf = ({ rows }: CellResult, name: string): number => rows.reduce((sum, row) => (
  sum + (row.name === name && row.value > 0 ? row.energyPj / row.value : 0)
), 0)

function overSpikeLlm(findings: Findings, { perplexity }: Evidence): string[] {
  const all = everywhere(findings, RIVAL.spikeLlm)
  const apart = Math.abs(perplexity.ternary - perplexity.spikeLlm)
  const most = Math.max(...all.map(({ ratio }) => ratio.high))
  return [
    '7x over SpikeLLM', 'ratio below 2, or perplexities more than 0.3 apart',
    `${spanText(all)}, no upper bound above ${most.toFixed(2)}; perplexities on the shipped model ${apart.toFixed(2)} apart`,
    most < 2 || apart > 0.3 ? '**refuted**' : 'stands',
  ]
}

function additionsBeatProducts(findings: Findings): string[] {
  const all = everywhere(findings, RIVAL.skip)
  const better = all.filter(({ ratio }) => ratio.value > 1.1)
  return [
    'additions beat multiplications', 'zero-skipping multipliers within 10 % in the memory that the model needs',
    `they cost ${spanText(all)} of the trains; more than 1.10 in ${better.length} of ${all.length} cells`,
    better.length === 0 ? '**refuted**' : 'stands there',
  ]
}

function eventsSkipMemory(findings: Findings): string[] {
  const dram = (cell: CellResult): number => cell.byComponent.dram / cell.tokens
  const saving = (sequences: number): string => {
    const at = (rival: string): CellResult | undefined => (
      findings.cell(sequences === 2 || sequences === 4 ? 'batches' : 'main', { workload: `decode ${sequences}`, system: 'hbm-board', rival })
    )
    const [ternary, dense] = [at(RIVAL.ternary), at(RIVAL.dense)]
    return ternary === undefined || dense === undefined ? 'not run' : `${(100 * (1 - dram(ternary) / dram(dense))).toFixed(0)} %`
  }
  const four = saving(4)
  return [
    'events skip memory', 'less than 5 % of traffic saved at a batch of 4, bursts of 64 B',
    `hbm-board: ${[1, 2, 4, 16].map((sequences) => `${saving(sequences)} at ${sequences}`).join(', ')}`,
    four === 'not run' ? 'not run' : Number(four.replace(' %', '')) < 5 ? '**refuted** in batches' : 'stands at 4; gone in larger batches',
  ]
}

function elsaForLlms({ skipOverUnary, elsaOff }: Evidence): string[] {
  const pair = (memory: string): string => skipOverUnary[memory]!.map((value) => value.toFixed(2)).join(' to ')
  return [
    'ELSA\'s 13.6x carries over', 'multipliers in the same element within 1.2x of its trees',
    `its ResNet-50 split is met within ${(100 * elsaOff).toFixed(0)} %; multipliers cost ${pair('512 B banks, no wires')} times in its banks, `
    + `${pair('512 B banks, 0.4 mm of wire')} with wires, ${pair('32 KB macros')} behind macros of 32 KB`,
    'an advantage in its own memory; **refuted** as 13.6x, and behind larger memories',
  ]
}

function productSparsity(findings: Findings): string[] {
  const level = findings.cell('main', { workload: 'decode 1', system: 'hbm-board', rival: RIVAL.level })
  if (level === undefined) return ['product sparsity helps', 'more than 1.1 additions a nonzero', 'not run', 'not run']
  const [rows, sums] = [countOf(level, 'synapticAdd'), countOf(level, 'membraneAdd')]
  const adds = (rows + sums) / rows
  const ratio = findings.ratio('decode 1', 'hbm-board', RIVAL.level)!
  return [
    'product sparsity helps', 'more than 1.1 additions a nonzero, or a matcher dearer than what it saves',
    `level order: ${adds.toFixed(3)} additions a nonzero, no matcher; the chip pays ${ratioText(ratio)} of ternary all the same. `
    + 'Pattern matching (a TCAM) was not run: level order finds the same reuse exactly',
    adds > 1.1 ? '**refuted**' : 'stands for arithmetic, not for the chip',
  ]
}

function beatsGpu(findings: Findings): string[] {
  const at = (workload: keyof typeof H100_MJ): string => {
    const cells = SYSTEMS.map(({ name: system }) => findings.cell('main', { workload, system, rival: RIVAL.ternary }))
    return cells.every((cell) => cell === undefined) ? `${workload}: not run`
      : `${workload}: ${cells.map((cell) => (cell === undefined ? '-' : short(milliJoules(cell).value))).join(', ')} mJ for ${H100_MJ[workload]}`
  }
  return [
    'beats a GPU', 'more joules a token at a batch of 16 or more; host and memory counted',
    `${(Object.keys(H100_MJ) as (keyof typeof H100_MJ)[]).map(at).join('; ')} (three systems, H100 in FP16; 4-bit weights would move a quarter, `
    + 'no host is counted here)',
    'stands in decode where run: simulated silicon against measured; prefill is no clear win',
  ]
}

function beatsDenseSilicon(findings: Findings): string[] {
  const cell = findings.cell('models', { model: 'llama-3-8b', system: 'sram-64', rival: RIVAL.ternary })
  const dense = findings.cell('models', { model: 'llama-3-8b', system: 'sram-64', rival: RIVAL.skip })
  return [
    'beats dense silicon', `more than Taalas' ${TAALAS_MJ.join(' to ')} mJ (8B) or NorthPole's 24 (3B)`,
    cell === undefined || dense === undefined ? 'not run'
      : `LLaMA-3-8B in SRAM, 28 nm, one stream: ${short(milliJoules(cell).value)} mJ; zero-skipping the same chip ${short(milliJoules(dense).value)}`,
    cell === undefined ? 'not run' : milliJoules(cell).value > TAALAS_MJ[1] ? '**refuted** as built (28 nm against 6 nm, no batch)' : 'stands',
  ]
}

function latency(findings: Findings): string[] {
  const rows = SYSTEMS.flatMap(({ name: system }) => {
    const wide = findings.done('area').find((one) => one.system === system && one.rival === RIVAL.ternary)?.result
    const skip = findings.cell('main', { workload: 'decode 1', system, rival: RIVAL.skip })
    return wide === undefined || skip === undefined ? [] : [{ system, wide, skip }]
  })
  const faster = rows.filter(({ wide, skip }) => wide.seconds / wide.tokens < skip.seconds / skip.tokens)
  return [
    'lower latency', 'a token takes longer than on multiplying lanes of equal area',
    rows.map(({ system, wide, skip }) => `${system} ${milliseconds(wide)} ms for ${milliseconds(skip)}`).join(', ') || 'not run',
    rows.length === 0 ? 'not run' : faster.length === 0 ? '**refuted**' : `stands in ${faster.length} of ${rows.length}`,
  ]
}

function sampleIsRight(): string[] {
  return [
    'a sample says what a whole run would', 'truth outside the 95 % interval for more than 2 of 20 seeds',
    'held by a test on 24 layers, alike and unlike (`test/simulate/sampled`); a whole prefill of a model of 1 billion parameters takes too long here',
    'stands',
  ]
}

/** Parts of the energy that carry events between cores. */
const TRANSPORT = new Set(['flitHop', 'linkFlit', 'chipLinkFlit', 'packetFlit', 'fifoPush', 'fifoPop', 'axonLookup'])

/** A rival's ratio where moving an event of a spike train costs `eta` times what moving a dense value does. */
export function ratioAtEta(over: CellResult, under: CellResult, eta: number): number {
  const moved = under.rows.reduce((sum, { name, energyPj }) => sum + (TRANSPORT.has(name) ? energyPj : 0), 0)
  return (over.energyPj / over.tokens) / ((under.energyPj + (eta - 1) * moved) / under.tokens)
}

function robust(findings: Findings): string[] {
  const rivals = [RIVAL.skip, RIVAL.dense, RIVAL.spikeLlm, RIVAL.spikingBrain]
  const flips = rivals.flatMap((rival) => everywhere(findings, rival).filter(({ ratio }) => isUndecided(ratio)).map(({ place }) => `${rival}, ${place}`))
  const etas = SYSTEMS.flatMap(({ name: system }) => {
    const [dense, ternary] = [RIVAL.dense, RIVAL.ternary].map((rival) => findings.cell('main', { workload: 'decode 1', system, rival }))
    return dense === undefined || ternary === undefined ? [] : [`${system} ${[1, 4, 12].map((eta) => ratioAtEta(dense, ternary, eta).toFixed(2)).join(', ')}`]
  })
  return [
    'robust', 'the winner flips for events 1 to 12 times as dear to move, or within the intervals of prices',
    `dense over ternary at 1, 4 and 12 times: ${etas.join('; ')}. Undecided within prices: ${flips.length === 0 ? 'none' : flips.join('; ')}`,
    flips.length === 0 ? 'stands' : 'undecided there',
  ]
}

export function claimTable(findings: Findings, evidence: Evidence): string {
  return table(['claim', 'refuted if', 'what came out', 'verdict'], [
    overSpikeLlm(findings, evidence), additionsBeatProducts(findings), eventsSkipMemory(findings), elsaForLlms(evidence),
    productSparsity(findings), beatsGpu(findings), beatsDenseSilicon(findings), latency(findings), sampleIsRight(), robust(findings),
  ]).replace('|---|---:|---:|---:|', '|---|---|---|---|')
}

/** The answer in a paragraph, from the same numbers as the tables. */
export function answerText(findings: Findings): string {
  const at = (workload: string, rival: string): string[] => SYSTEMS.flatMap(({ name }) => {
    const value = findings.ratio(workload, name, rival)?.value
    return value === undefined ? [] : [`${value.toFixed(2)} on ${name}`]
  })
  const phrases: Readonly<Record<string, string>> = {
    'decode 1': 'when one sequence decodes', prefill: 'in prefill, which the paper\'s figure is for', 'decode 16': 'for 16 sequences together',
  }
  const said = (rival: string): string => WORKLOADS.flatMap(({ name }) => {
    const values = at(name, rival)
    return values.length === 0 ? [] : [`${values.join(', ')} ${phrases[name]!}`]
  }).join('; ')
  const adders = SYSTEMS.flatMap(({ name: system }) => {
    const cell = findings.cell('main', { workload: 'decode 1', system, rival: RIVAL.ternary })
    return cell === undefined ? [] : [cell.byComponent.adders / cell.energyPj]
  })
  const cheapest = WORKLOADS.flatMap(({ name: workload }) => SYSTEMS.map(({ name: system }) => {
    const rivals = Object.values(RIVAL).map((rival) => ({ rival, energy: findings.cell('main', { workload, system, rival })?.energyPj }))
    const hasAll = rivals.every(({ rival, energy }) => energy !== undefined || rival === RIVAL.systolic)
    return hasAll ? rivals.filter(({ energy }) => energy !== undefined).sort((a, b) => a.energy! - b.energy!)[0]!.rival : undefined
  }))
  const wins = (rival: string): number => cheapest.filter((name) => name === rival).length
  const ran = cheapest.filter((name) => name !== undefined).length
  return [
    `- Over SpikeLLM, as multiplied events on the same chip, 7x becomes ${said(RIVAL.spikeLlm)}.`,
    `- Over multipliers that skip zeros nothing is left: they cost, of the trains, ${said(RIVAL.skip)}.`,
    `- The same counts sent as bits cost ${said(RIVAL.bits)}.`,
    `- In level order, the cheapest arithmetic, they cost ${said(RIVAL.level)}.`,
    `- What saves energy is the silence of inputs, not the absence of multipliers: adders are ${(100 * Math.min(...adders)).toFixed(1)} to `
    + `${(100 * Math.max(...adders)).toFixed(1)} % of a decoded token's bill.`,
    `- Cheapest of all rivals: zero-skipping multipliers in ${wins(RIVAL.skip)}, bits in ${wins(RIVAL.bits)}, ternary trains in ${wins(RIVAL.ternary)} of the ${ran} columns that were run whole.`,
  ].join('\n')
}
