import type { LinkResult, ResultConstant, RunResult } from '../sim/result/schema.js'
import type { ChipSpec } from '../sim/config/chip-spec.js'
import { COMPONENT_LOOK } from './components.js'
import { decodedName, decodedTokens, latencyBasis } from './basis.js'
import { constant, duration, energy, grouped, number3, percent, plural, power, ratio, short } from './format.js'
import { html, htmlTable, type Insert, type Markup } from './markup.js'
import { headline, layerName, tokenLatencyCycles } from './view.js'

/** The tables of the page. */

type Row = readonly [string, Insert, string?]

function facts(rows: readonly Row[]): Markup {
  return htmlTable([
    { head: 'what', cell: (row: Row) => row[0], kind: 'nowrap' },
    { head: 'value', cell: (row: Row) => row[1] },
    { head: '', cell: (row: Row) => html`<span class="soft">${row[2] ?? ''}</span>` },
  ], rows)
}

export function accounts(result: RunResult): Markup {
  const { paper, totalPj } = result.energy
  const view = headline(result)
  const macs = `${short(paper.denseMacs)} multiply-accumulates`
  const both = { name: 'Paper: spikes, both', what: 'additions and what stays multiplied', run: paper.totalPj, token: view.paperPj }
  const rows = [
    {
      name: 'Paper: spikes, additions', what: `${short(paper.additions)} additions × ${constant(paper.additionPj)} pJ`,
      run: paper.additionsPj, token: view.additionsPj,
    },
    ...(paper.macs > 0 ? [
      {
        name: 'Paper: spikes, what stays', what: `${short(paper.macs)} multiply-accumulates × ${constant(paper.macPj)} pJ`,
        run: paper.macsPj, token: view.macsPj,
      }, both,
    ] : []),
    {
      name: `Paper: no spikes, ${paper.bits}-bit`, what: `${macs} × ${constant(paper.macPj)} pJ`,
      run: paper.denseQuantizedPj, token: view.denseQuantizedPj,
    },
    { name: 'Paper: no spikes, float', what: `${macs} × 4.6 pJ`, run: paper.denseFloatPj, token: view.denseFloatPj },
    { name: 'This chip', what: 'everything', run: totalPj, token: view.chipPj },
  ]
  return htmlTable([
    { head: 'account', cell: (row: typeof rows[number]) => row.name, kind: 'nowrap' },
    { head: 'what is counted, whole run', cell: (row) => row.what },
    { head: 'whole run', cell: (row) => energy(row.run), kind: 'n' },
    { head: 'per token', cell: (row) => energy(row.token), kind: 'n' },
    { head: 'chip is', cell: (row) => ratio(view.chipPj / row.token), kind: 'n' },
  ], rows)
}

export function operatorEnergy(result: RunResult): Markup {
  const { dynamicPj } = result.energy
  return htmlTable([
    { head: 'layer', cell: (row: RunResult['energy']['byOperator'][number]) => layerName(row.layer) },
    { head: 'operator', cell: (row) => row.operator },
    { head: 'energy, whole run', cell: (row) => energy(row.totalPj), kind: 'n' },
    { head: 'of dynamic', cell: (row) => percent(row.totalPj / (dynamicPj || 1)), kind: 'n' },
    { head: 'adders', cell: (row) => energy(row.byComponent.adders), kind: 'n' },
    { head: 'weight SRAM', cell: (row) => energy(row.byComponent.weightSram), kind: 'n' },
    { head: 'routers and links', cell: (row) => energy(row.byComponent.routers + row.byComponent.links), kind: 'n' },
  ], result.energy.byOperator)
}

export function operatorActivity(result: RunResult): Markup {
  return htmlTable([
    { head: 'layer', cell: (row: RunResult['activity']['byOperator'][number]) => layerName(row.layer) },
    { head: 'operator', cell: (row) => row.operator },
    { head: 'activations', cell: (row) => grouped(row.activations), kind: 'n' },
    { head: 'spikes', cell: (row) => grouped(row.spikes), kind: 'n' },
    { head: 'per activation', cell: (row) => number3(row.spikesPerActivation), kind: 'n' },
    { head: 'firing rate', cell: (row) => percent(row.firingRate), kind: 'n' },
    { head: 'time steps', cell: (row) => number3(row.timeSteps), kind: 'n' },
    { head: 'additions', cell: (row) => grouped(row.synapticAdditions), kind: 'n' },
  ], result.activity.byOperator)
}

export function latency(result: RunResult): Markup {
  const { latency: time, throughput } = result
  const secondsPerCycle = time.cycles > 0 ? time.seconds / time.cycles : 0
  const cycles = (count: number): string => `${grouped(count)} cycles`
  const seconds = (count: number): string => duration(count * secondsPerCycle)
  const after: Row[] = decodedTokens(result) === 0 ? [] : [
    ['after the prompt', cycles(time.decodeCycles), `${seconds(time.decodeCycles)}; ${plural(decodedTokens(result), decodedName(result))}`],
  ]
  const perToken = tokenLatencyCycles(result)
  return facts([
    ['whole run', cycles(time.cycles), seconds(time.cycles)],
    ['prompt', cycles(time.prefillCycles), `${seconds(time.prefillCycles)}; ${plural(result.prompt.tokens, 'token')}`],
    ...after,
    ['one token', cycles(perToken), `${seconds(perToken)}; ${latencyBasis(result)}`],
    ['throughput', `${short(throughput.tokensPerSecond)} tokens/s`, 'all tokens over the whole run, prompt included'],
    ['power', power(headline(result).averageW), 'mean of the whole run'],
    ['simulation', duration(result.wallSeconds), 'on the host'],
  ])
}

const CORES_SHOWN = 128

/** Cores with a role: all of them by number, or of many the busiest. */
function busiestCores(result: RunResult): RunResult['cores'] {
  const used = result.cores.filter((core) => core.roles.length > 0)
  if (used.length <= CORES_SHOWN) return used
  return used.sort((a, b) => b.utilisation - a.utilisation || a.core - b.core).slice(0, CORES_SHOWN)
}

export function cores(result: RunResult): Markup {
  const share = (cycles: number): string => percent(cycles / Math.max(1, result.latency.cycles))
  return htmlTable([
    { head: 'core', cell: (row: RunResult['cores'][number]) => row.core, kind: 'n' },
    { head: 'tile', cell: (row) => `(${row.column}, ${row.row})`, kind: 'nowrap' },
    { head: 'busy', cell: (row) => percent(row.utilisation), kind: 'n' },
    { head: 'adders', cell: (row) => share(row.busyCycles.adders), kind: 'n' },
    { head: 'vector', cell: (row) => share(row.busyCycles.vector), kind: 'n' },
    { head: 'encoder', cell: (row) => share(row.busyCycles.encoder), kind: 'n' },
    { head: 'packetiser', cell: (row) => share(row.busyCycles.packetiser), kind: 'n' },
    { head: 'control', cell: (row) => share(row.busyCycles.control), kind: 'n' },
    { head: 'waiting', cell: (row) => share(row.busyCycles.waiting), kind: 'n' },
    { head: 'spikes taken', cell: (row) => grouped(row.spikesConsumed), kind: 'n' },
    { head: 'holds', cell: (row) => row.roles.join(', '), kind: 'long' },
  ], busiestCores(result))
}

const LINKS_SHOWN = 5

function at({ column, row }: LinkResult['from']): string {
  return `(${column}, ${row})`
}

export function busiestLinks(result: RunResult): Markup {
  const rows = [...result.links].sort((a, b) => b.flits - a.flits).slice(0, LINKS_SHOWN)
  return htmlTable([
    { head: 'busiest links', cell: (row: LinkResult) => `${at(row.from)} → ${at(row.to)}`, kind: 'nowrap' },
    { head: 'flits', cell: (row) => grouped(row.flits), kind: 'n' },
    { head: 'of cycles', cell: (row) => percent(row.utilisation), kind: 'n' },
  ], rows)
}

function chipFacts({ grid, system, core, network, sync, dram, ...spec }: ChipSpec, tilePitchMm: number | undefined): Row[] {
  const cores = `${grid.coresPerTile} core${grid.coresPerTile > 1 ? 's' : ''} a tile`
  const memories = `${constant(core.weightSramKiB)} KiB weights in ${core.weightBanks} banks, ` +
    `${constant(core.dataSramKiB)} KiB data`
  return [
    ['chip', spec.name, spec.description],
    ...(system.chipColumns * system.chipRows === 1 ? [] : [
      ['system', `${system.chipColumns} × ${system.chipRows} chips`, `${system.linkCycles} cycles between chips`] as const,
    ]),
    ['grid', `${grid.columns} × ${grid.rows} ${grid.topology}, ${cores}`,
      `${constant(spec.clockMHz)} MHz, ${spec.technologyNm} nm, ${tilePitchMm === undefined ? '' : `tiles of ${number3(tilePitchMm)} mm`}`],
    ['core', `${core.lanes} adder lanes, ${core.accumulators} accumulators of ${core.accumulatorBits} bits`,
      `${memories}, ${core.vectorLanes} vector lanes`],
    ['spike trains', core.spikeTrain, `weight rows read ${core.weightReuse}`],
    ['network', `${network.routing} routing, ${network.virtualChannels} VC × ${network.bufferFlits} flits`,
      `${network.flitBits}-bit flits, ${network.hopCycles} cycles a hop, ${network.multicast} multicast`],
    ['synchronisation', sync.mode],
    ['external memory', dram.kind, dram.kind === 'none' ? '' : `${constant(dram.gigabytesPerSecond)} GB/s`],
  ]
}

export function setup(result: RunResult): Markup {
  const { chip, model, encoding } = result
  const heads = `${model.heads} heads (${model.kvHeads} KV)`
  return facts([
    ...chipFacts(chip.spec, result.area?.tilePitchMm ?? chip.spec.grid.tilePitchMm),
    ['model', model.name, model.provenance],
    ['parameters', grouped(model.parameters), `${model.layers} layers, width ${model.hiddenSize}, feed-forward ` +
      `${model.intermediateSize}, ${heads}, vocabulary ${grouped(model.vocabularySize)}`],
    ['encoding', encoding.name, `${encoding.weightBits}-bit weights, ${encoding.activationBits}-bit activations, ` +
      `${encoding.kvCacheBits}-bit KV cache`],
  ])
}

function priced({ count, kind, unit }: ResultConstant): string {
  if (kind === 'action') return short(count)
  return unit === 'uW/KiB' ? `${number3(count)} KiB` : `${grouped(count)} of them`
}

function priceName(row: ResultConstant): Markup {
  const { colour } = COMPONENT_LOOK[row.component]
  return html`<span class="swatch" style="background:${colour}"></span>${row.name}`
}

function priceSource(row: ResultConstant): Markup {
  const formula = row.formula.replaceAll('uW', 'µW')
  return html`${formula}<br><span class="soft">[${row.mark}] ${row.source}; ${row.technologyNm} nm,
${constant(row.supplyVolts)} V</span>`
}

/** What a price may be; empty where a result says no range. */
function priceRange({ low, high }: ResultConstant): string {
  return low === undefined || high === undefined || low === high ? '' : `${number3(low)} .. ${number3(high)}`
}

export function constants(result: RunResult): Markup {
  return htmlTable([
    { head: 'price', cell: priceName, kind: 'nowrap' },
    { head: 'value', cell: (row) => `${number3(row.value)} ${row.unit.replace('uW', 'µW')}`, kind: 'n' },
    { head: 'range', cell: priceRange, kind: 'n' },
    { head: 'count, whole run', cell: priced, kind: 'n' },
    { head: 'energy, whole run', cell: (row) => energy(row.energyPj), kind: 'n' },
    { head: 'where from', cell: priceSource, kind: 'long' },
  ], result.constants)
}
