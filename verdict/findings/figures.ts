import { drawnCurves, ratioDots, stackedShares, tornado } from '../../reports/charts/index.js'
import type { Chart } from '../../reports/svg.js'
import { sensitivity } from '../../sim/result/sensitivity.js'
import type { CellResult } from './cells.js'
import type { QualityPoint } from './equal-quality.js'
import type { Findings } from './numbers.js'
import { rivalsOf, SYSTEMS, WORKLOADS } from './plan.js'
import { RIVAL } from './studies.js'

/** The figures of the findings, one a claim. */

/** Energy of every rival over SDLLM's trains. */
function ratiosFigure(findings: Findings): Chart {
  const rivals = rivalsOf('laplace').filter(({ name }) => name !== RIVAL.ternary)
  return ratioDots({
    name: 'findings-ratios', title: 'Energy a token over SDLLM\'s ternary trains', sides: ['cheaper', 'dearer than ternary'],
    panels: SYSTEMS.map(({ name: system }) => ({
      title: system,
      groups: WORKLOADS.map(({ name: workload }) => ({
        title: workload,
        dots: rivals.map(({ name: rival }) => ({ label: rival.replace('the same counts, ', ''), ...findings.ratio(workload, system, rival) })),
      })),
    })),
  })
}

/** Where a token's energy goes. */
function partsFigure(findings: Findings): Chart {
  return stackedShares('findings-parts', 'Where the energy of a token goes, SDLLM\'s trains', WORKLOADS.flatMap(({ name: workload }) => (
    SYSTEMS.flatMap(({ name: system }) => {
      const cell = findings.cell('main', { workload, system, rival: RIVAL.ternary })
      if (cell === undefined) return []
      const byComponent = Object.fromEntries(Object.entries(cell.byComponent).map(([name, pj]) => [name, pj / cell.tokens])) as CellResult['byComponent']
      return [{ label: `${system}, ${workload}`, byComponent, totalPj: cell.energyPj / cell.tokens }]
    })
  )))
}

export interface MemoryPoint {
  /** Picojoules to bring a 4-bit weight to its lane. */
  readonly weightPj: number
  /** Multipliers that skip zeros over unary additions and over level order; Gaussian, Laplace. */
  readonly skipOverUnary: readonly [number, number]
  readonly skipOverLevel: readonly [number, number]
}

/** What a weight's memory leaves of the arithmetic's saving. */
function memoryFigure(points: readonly MemoryPoint[]): Chart {
  const curve = (label: string, of: 'skipOverUnary' | 'skipOverLevel', shape: 0 | 1) => (
    { label, dashed: shape === 1, points: points.map((point) => ({ x: point.weightPj, y: point[of][shape] })) }
  )
  return drawnCurves({
    name: 'findings-memory', title: 'Zero-skipping multipliers over additions, by what a weight costs to read',
    xLabel: 'pJ to bring a 4-bit weight to its lane', yLabel: 'multipliers over additions',
    xTicks: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10], yTicks: [1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4],
    curves: [
      curve('over level order, Gaussian', 'skipOverLevel', 0), curve('over level order, Laplace', 'skipOverLevel', 1),
      curve('over trains, Gaussian', 'skipOverUnary', 0), curve('over trains, Laplace', 'skipOverUnary', 1),
    ],
  })
}

/** Which prices a ratio hangs on. */
function tornadoFigure(findings: Findings, rival: string, name: string, system: string): Chart[] {
  const [over, under] = [rival, RIVAL.ternary].map((one) => findings.cell('main', { workload: 'decode 1', system, rival: one }))
  if (over === undefined || under === undefined) return []
  const ranking = sensitivity({ rows: under.rows, tokens: under.tokens }, { rows: over.rows, tokens: over.tokens })
  return [{ ...tornado({ ...ranking, swings: ranking.swings.slice(0, 10) }), name }]
}

/** Perplexity against energy. */
function qualityFigure(points: readonly QualityPoint[]): Chart[] {
  // Three bits are far outside: a perplexity four times as high.
  const near = points.filter(({ setting }) => setting !== '3 bits')
  if (near.length === 0) return []
  const rivals = [...new Set(near.map(({ rival }) => rival))]
  return [drawnCurves({
    name: 'findings-quality', title: 'Energy against perplexity, the shipped model on loom-64', xLabel: 'perplexity', yLabel: 'nJ a token',
    xTicks: [9, 9.2, 9.4, 9.6, 9.8, 10, 10.2, 10.4], yTicks: [2000, 2500, 3000, 4000, 5000, 7000, 10000, 15000],
    curves: rivals.map((rival) => ({
      label: rival, dashed: rival.startsWith('Spik'),
      points: near.filter((point) => point.rival === rival).sort((a, b) => a.perplexity - b.perplexity).map((point) => (
        { x: point.perplexity, y: point.nanoJoules, ...(rival === 'ternary' ? { label: point.setting } : {}) }
      )),
    })),
  })]
}

export function figuresOf(findings: Findings, memory: readonly MemoryPoint[], quality: readonly QualityPoint[]): Chart[] {
  return [
    ratiosFigure(findings), partsFigure(findings), memoryFigure(memory),
    ...tornadoFigure(findings, RIVAL.spikeLlm, 'findings-tornado-spikellm', 'sram-64'),
    ...tornadoFigure(findings, RIVAL.skip, 'findings-tornado-skip', 'sram-64'),
    ...qualityFigure(quality),
  ]
}
