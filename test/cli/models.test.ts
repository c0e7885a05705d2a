import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findModel, modelNames } from '../../cli/model-source.js'
import { InputError } from '../../sim/errors.js'
import { spikeloom } from '../support/capture.js'

describe('spikeloom models', () => {
  it('prints nothing but JSON with --json: every shipped model, with a parameter count and a licence', async () => {
    const { code, stdout } = await spikeloom('models', '--json')
    expect(code).toBe(0)
    const { models } = JSON.parse(stdout) as { models: { name: string; parameters: number; licence: string }[] }
    expect(models.map(({ name }) => name)).toEqual(modelNames())
    for (const model of models) {
      expect(model.parameters).toBeGreaterThan(0)
      expect(model.licence).not.toBe('not stated')
    }
  })
})

describe('--model NAME|PATH', () => {
  it('finds a shipped model by name, and a path as it is', () => {
    for (const name of modelNames()) expect(readFileSync(join(findModel(name), 'config.json'), 'utf8')).toContain('{')
    expect(findModel('./models')).toBe('./models')
  })

  it('refuses an unknown name and a missing path', () => {
    expect(() => findModel('no-such-model')).toThrow(InputError)
    expect(() => findModel('no-such-model')).toThrow(/^there is no model 'no-such-model'\./)
    expect(() => findModel('./absent.bin')).toThrow(/^model '\.\/absent\.bin' does not exist/)
  })
})
