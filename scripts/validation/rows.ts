import { readFileSync } from 'node:fs'
import { areaOf, tilePitchMm } from '../../sim/energy/area.js'
import { priceList, type PriceRow } from '../../sim/energy/prices.js'
import { loadChip } from '../../sim/config/load-chip.js'
import type { ChipSpecInput } from '../../sim/config/chip-spec.js'
import { chipSpecSchema } from '../../sim/config/chip-spec.js'
import { totalInterval } from '../../sim/result/intervals.js'
import type { RunResult } from '../../sim/result/schema.js'
import type { RunName } from './runs.js'

/** One comparison with the outside: what is published or measured, what comes out here, and why they differ. */
export interface Row {
  readonly what: string
  readonly published: string
  readonly low: number
  readonly value: number
  readonly high: number
  /** The published number, or its ends, in the unit of the row. */
  readonly outside: readonly [number, number]
  readonly unit: string
  readonly why: string
}

type Figures = Pick<Row, 'low' | 'value' | 'high'>
type Results = (name: RunName) => RunResult

const presetOf = (name: string) => loadChip(readFileSync(`chips/${name}.yaml`, 'utf8'), `chips/${name}.yaml`)

/** A sum of prices times counts. */
function priceSum(rows: readonly PriceRow[], counts: Readonly<Record<string, number>>): Figures {
  const used = rows.filter(({ name }) => counts[name] !== undefined)
    .map((row) => ({ ...row, energyPj: row.value * counts[row.name]! }))
  return { value: used.reduce((sum, { energyPj }) => sum + energyPj, 0), ...totalInterval(used) }
}

const exact = (value: number): Figures => ({ low: value, value, high: value })
const scaled = ({ low, value, high }: Figures, by: number): Figures => ({ low: low * by, value: value * by, high: high * by })

function perToken(result: RunResult): Figures {
  const { perTokenPj, totalPj, interval } = result.energy
  const by = perTokenPj / totalPj / 1e9
  return { low: interval!.low * by, value: perTokenPj / 1e9, high: interval!.high * by }
}

const secondsPerToken = (result: RunResult): Figures => exact((1e3 * result.latency.cyclesPerToken) / (1e6 * result.chip.spec.clockMHz))

/** One synaptic operation on a preset: the addition, its accumulator, and its share of a weight word. */
function synapticOperation(name: string, weightBits: number): Figures {
  const spec = presetOf(name)
  const rows = priceList(spec, { weightBits, activationBits: 4, attentionBits: 8, kvCacheBits: 8 }).rows
  return priceSum(rows, { synapticAdd: 1, accumulatorRead: 1, accumulatorWrite: 1, weightWordRead: weightBits / spec.core.weightBankBits })
}

function hop(input: ChipSpecInput): Figures {
  return priceSum(priceList(chipSpecSchema.parse(input)).rows, { flitHop: 1, linkFlit: 1 })
}

const both = (value: number): [number, number] => [value, value]

/** Numbers of single operations. */
function operationRows(): Row[] {
  const seneca = priceList(presetOf('seneca-like')).rows
  return [
    { what: 'Loihi, one synaptic operation', published: '23.6 pJ (14 nm, SPICE before silicon)', ...synapticOperation('loihi2-like', 8), outside: both(23.6), unit: 'pJ',
      why: 'control: the published figure is a whole asynchronous core for one synapse: its fetch of lists, decoding, learning fields; ours is adder, accumulator and weight, at 7 for 14 nm' },
    { what: 'SENECA, one synaptic operation', published: '2.8 pJ (22 nm, post-layout)', ...synapticOperation('seneca-like', 4), outside: both(2.8), unit: 'pJ',
      why: 'SENECA issues an instruction for it (1.2 of the 2.8) and holds the neuron\'s state in its data memory; our adder array has neither' },
    { what: 'ELSA, one synaptic operation', published: '0.020 to 0.051 pJ (28 nm, synthesis)', ...synapticOperation('elsa-like', 4), outside: [0.02, 0.051], unit: 'pJ',
      why: 'accumulators: its adder trees add 16 rows before they touch a membrane, and its operations count both sides of a spike; our array writes an accumulator for each row' },
    { what: 'SENECA, 16-bit load', published: '2.9 pJ (22 nm)', ...scaled(priceSum(priceList(chipSpecSchema.parse({ technologyNm: 22,
      core: { dataSramKiB: 256, dataSramBanks: 1, vectorLanes: 2 } })).rows, { dataWordRead: 2 }), 1 / 4), outside: both(2.9), unit: 'pJ', why: 'CACTI at its size and width' },
    { what: 'SENECA, float addition or multiplication', published: '1.4 pJ, 16 bits (22 nm)', ...priceSum(seneca, { fp32Add: 1 }), outside: both(1.4), unit: 'pJ',
      why: 'ours has 32 bits; its lane\'s control is SENECA\'s own figure' },
    { what: 'Piton, hop of a 64-bit flit', published: '11.2 pJ, half switching (32 nm, measured)', ...hop({ network: { virtualChannels: 1, bufferFlits: 4 }, grid: { tilePitchMm: 1.1 } }),
      outside: both(11.2), unit: 'pJ', why: 'routers: DSENT\'s 1.4 pJ is the low end of what is published; measured silicon lies just above the range' },
    { what: 'Loihi, hop of a spike', published: '3.0 to 4.0 pJ (14 nm, SPICE)', ...hop({ technologyNm: 16, network: { flitBits: 32, virtualChannels: 1, bufferFlits: 4 }, grid: { tilePitchMm: 1.4 } }),
      outside: [3, 4], unit: 'pJ', why: 'a 32-bit flit at 16 nm over its tile' },
  ]
}

/** Silicon areas. */
function areaRows(): Row[] {
  const chip = (name: string): Figures => exact(areaOf(presetOf(name)).chipMm2)
  return [
    { what: 'NorthPole, chip', published: '800 mm2 (12 nm)', ...chip('northpole-like'), outside: both(800), unit: 'mm2', why: '16 for 12 nm, 224 MB of memory on both; no pads, no PCIe' },
    { what: 'Loihi 2, chip', published: '31 mm2 (Intel 4)', ...chip('loihi2-like'), outside: both(31), unit: 'mm2', why: 'our cores have no learning and no synapse lists; no processors, no pads' },
    { what: 'SENECA, core', published: '0.47 mm2 (22 nm)', ...exact(tilePitchMm(presetOf('seneca-like')) ** 2), outside: both(0.47), unit: 'mm2', why: '32-bit float lanes for 16-bit ones, a router of the memory network' },
    { what: 'ELSA, chip', published: '100 mm2 (28 nm, synthesis)', ...chip('elsa-like'), outside: both(100.2), unit: 'mm2', why: 'vector units and program memories that it does not have, less SRAM (29 of 72 MB)' },
  ]
}

/** Whole systems. */
function systemRows(results: Results): Row[] {
  const hbm = results('7b-hbm-board')
  return [
    { what: 'NorthPole 3B, 16 cards: energy of a token', published: '23.7 mJ, 672 W at full load', ...perToken(results('northpole-3b')), outside: both(23.7), unit: 'mJ',
      why: 'near by accident: 96 % here is clock and leakage of one stream, where the cards run 28; boards, supplies and I/O are theirs alone' },
    { what: 'the same: time of a token', published: '< 1 ms', ...secondsPerToken(results('northpole-3b')), outside: both(1), unit: 'ms',
      why: 'hubs: one core a layer takes all partial sums through one port, where NorthPole reduces in its array' },
    { what: 'MatMul-free 370M on Loihi 2, decode', published: '405 mJ, 41.5 tok/s (second hand)', ...perToken(results('mmf-decode')), outside: both(405), unit: 'mJ',
      why: 'static power: the published board draws 17 W at 41.5 tokens/s, whatever it computes; ours has no host, no I/O, and gates what waits' },
    { what: 'the same, prefill', published: '3.7 mJ, 6,632 tok/s (second hand)', ...perToken(results('mmf-prefill')), outside: both(3.7), unit: 'mJ',
      why: 'control, as in the first row: a neuron is a program there; the pipeline is full on both sides, so static power matters less; LLaMA block for a MatMul-free one, prompt of 8' },
    { what: 'C-Transformer, GPT-2', published: '2.6 to 18.1 uJ a token (title; model and batch not found)', ...scaled(perToken(results('gpt-2')), 1000), outside: [2.6, 18.1], unit: 'uJ',
      why: 'external memory: weights are fetched for every token (78 MB of them in 4 bits), which at any price a bit is above the title; its tokens must share them' },
    { what: 'SpikeMLLM\'s RTL, 7B', published: '18.1 mJ a token (7.13 W, 393.7 tok/s; 28 nm synthesis)', ...perToken(hbm), outside: both(18.1), unit: 'mJ',
      why: 'external memory: 3.5 GB for each token at 4 pJ/bit are 110 mJ; its power cannot contain HBM, or its tokens share weights' },
    { what: 'H100, LLaMA-2-7B FP16, decode alone', published: '2,679 mJ, measured', ...perToken(hbm), outside: both(2679), unit: 'mJ',
      why: 'precision and static power: 16 bits for 4, no rows skipped (7 times the bytes), and a card that draws 450 W while memory keeps it waiting' },
    { what: 'the same, batch of 64', published: '169 mJ, measured', ...perToken(hbm), outside: both(168.7), unit: 'mJ',
      why: 'not the same work: one token here, 64 that share weights there' },
  ]
}

export function allRows(results: Results): { readonly title: string; readonly rows: readonly Row[] }[] {
  return [
    { title: 'Operations', rows: operationRows() }, { title: 'Area', rows: areaRows() }, { title: 'Systems', rows: systemRows(results) },
  ]
}
