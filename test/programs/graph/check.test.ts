import { describe, expect, it } from 'vitest'
import { graphFaults } from '../../../programs/graph/check.js'
import { graphOf } from '../../../programs/graph/model.js'
import type { LayerGraph, ModelGraph } from '../../../programs/graph/model.js'
import type { ModelConfig } from '../../../programs/models/types.js'
import { tinyModel } from '../../support/tiny-model.js'

const FAMILIES: Readonly<Record<string, Partial<ModelConfig>>> = {
  LLaMA: {}, Qwen2: { qkvBias: true }, 'wide heads': { headDim: 32 }, 'one KV head': { kvHeads: 1 },
}

describe('graphs are whole', () => {
  for (const [name, config] of Object.entries(FAMILIES)) {
    it(`${name}: every vector is declared, written before it is read, and read before it is written again`, () => {
      expect(graphFaults(graphOf(tinyModel(1, config).config))).toEqual([])
    })
  }
})

describe('faults are named', () => {
  const graph = graphOf(tinyModel(1, { layers: 1 }).config)
  const changed = (change: (layer: LayerGraph) => LayerGraph): string => graphFaults({ ...graph, layers: [change(graph.layers[0]!)] } as ModelGraph).join('\n')

  it('a vector that holds nothing, is not there, is too short, is lost, is never read', () => {
    expect(changed((layer) => ({ ...layer, operators: layer.operators.slice(1) }))).toContain('layer 0: qkv reads h, which holds nothing')
    expect(changed((layer) => ({ ...layer, vectors: layer.vectors.filter(({ name }) => name !== 'hidden') }))).toContain('names hidden, which is not declared')
    expect(changed((layer) => ({
      ...layer, vectors: layer.vectors.map((vector) => (vector.name === 'sumsModel' ? { ...vector, words: 31 } : vector)),
    }))).toContain('layer 0: o needs 32 words of sumsModel, which has 31')
    expect(changed((layer) => ({ ...layer, operators: [layer.operators[0]!, ...layer.operators] }))).toContain('overwrites h, which nobody has read')
    expect(changed((layer) => ({ ...layer, operators: layer.operators.slice(0, -1) }))).toContain('leaves h, which nobody reads')
    expect(changed((layer) => ({ ...layer, operators: [...layer.operators, ...layer.operators] }))).toContain('two linear layers of this name')
  })

  it('a vector that is encoded and then read: its counts are there, not its values', () => {
    expect(changed(({ vectors, operators }) => ({
      vectors, operators: operators.map((operator) => (operator.kind === 'linear' && operator.port === 'qkv' ? { ...operator, input: 'x' } : operator)),
    }))).toContain('layer 0: add reads x, which holds nothing')
  })
})
