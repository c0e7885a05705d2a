import { describe, expect, it } from 'vitest'
import { givenOptions } from '../../cli/given.js'
import { spikeloom } from '../support/capture.js'

const STATISTICAL = ['run', '--model', 'llama-2-7b', '--spikes-per-activation', '0.8']

describe('an option with a value that cannot be', () => {
  it.each([
    [['run', '--seed', '4294967297'], '--seed 4294967297: expected a whole number from 0 to 4294967295; nearest is 4294967295'],
    [['run', '--seed=-1'], '--seed -1: expected a whole number from 0'],
    [['run', '--seed', '1.5'], '--seed 1.5: expected'],
    [['run', '--temperature', '-1'], '--temperature -1: expected a number from 0'],
    [['run', '--temperature', 'Infinity'], '--temperature Infinity: expected'],
    [['run', '--batch', '999999'], '--batch 999999: expected a whole number from 1 to 4096'],
    [['run', '--tokens', '1e99'], '--tokens 1e+99: expected'],
    [['run', '--kv-bits', '9'], '--kv-bits 9: expected a whole number from 2 to 8'],
    [[...STATISTICAL, '--context', '-5'], '--context -5: expected'],
    [[...STATISTICAL, '--prompt-tokens', '0'], '--prompt-tokens 0: expected'],
    [['compare', 'loom-64', 'loom-16', '--seed', '4294967296'], '--seed 4294967296: expected'],
    [['compile', '--positions', '0'], '--positions 0: expected'],
    [['compile', '--batch', '2.5'], '--batch 2.5: expected'],
    [['calibrate', '--text', 'x', '--weight-bits', '1'], '--weight-bits 1: expected'],
    [['calibrate', '--text', 'x', '--rotate', '-3'], '--rotate -3: expected'],
    [['eval', '--text', 'x', '--limit-bytes', '0'], '--limit-bytes 0: expected'],
    [['noc', '--seed', '-1'], '--seed -1: expected'],
    [['noc', '--rate', '2'], '--rate 2: expected a number from 0 to 1'],
    [['paper', '--tokens', '-4'], '--tokens -4: expected'],
  ])('%j is refused at once', async (words, message) => {
    const { code, stdout, stderr } = await spikeloom(...words)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe('an option that has no effect', () => {
  it.each([
    [['run', '--spikes-per-activation', '0.8', '--context', '100'], '--spikes-per-activation, --context have no effect: a run with weights'],
    [['run', '--distribution', 'laplace'], '--distribution has no effect'],
    [[...STATISTICAL, '--zero-weights', '0.2'], '--zero-weights has no effect: the chip pays for zero weights'],
    [['run', '--zero-weights', '0.2'], '--zero-weights has no effect: a run with weights'],
    [['run', '--weight-group', '32'], '--weight-group has no effect: chips add whole columns'],
    [[...STATISTICAL, '--prompt', 'a', '--temperature', '0.5'], '--prompt, --temperature have no effect: a run on statistics'],
    [[...STATISTICAL, '--no-verify'], '--verify has no effect'],
    [[...STATISTICAL, '--clip=0.9'], '--clip has no effect'],
    [[...STATISTICAL, '--spikes', 'x.json'], '--spikes-per-activation has no effect: --spikes has the counts'],
    [['eval', '--text', 'x', '--encoding', 'float', '--weight-bits', '4'], '--weight-bits has no effect: a model in floats'],
    [['eval', '--tasks', 'x', '--limit-bytes', '4'], '--limit-bytes has no effect: there is no --text'],
    [['eval', '--text', 'x', '--out', 'y'], '--out has no effect: it is the folder of --sweep-clip'],
    [['eval', '--text', 'x', '--sweep-clip', '--clip', '0.9'], '--clip has no effect: --sweep-clip chooses'],
    [['noc', '--sweep', '--rate', '0.2'], '--rate has no effect: --sweep chooses the rates'],
    [['noc', '--fanout', '3'], '--fanout has no effect: it is for --traffic multicast, not uniform'],
    [['noc', '--chip-link-cycles', '3'], '--chip-link-cycles has no effect: there is one chip'],
  ])('%j is refused', async (words, message) => {
    const { code, stdout, stderr } = await spikeloom(...words)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('is found in every way it can be written, and not among arguments', () => {
    expect([...givenOptions(['run', '--limitBytes=4', '--no-verify', 'x', '--', '--seed'])].sort())
      .toEqual(['limit-bytes', 'no-verify', 'verify'])
  })
})
