import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cachedModel, hubCache, isRepository } from '../../cli/hub-cache.js'
import { findModel } from '../../cli/model-source.js'
import { loadModel } from '../../programs/models/index.js'
import { temporaryFolder, writeHuggingFace } from '../support/model-files.js'
import { tinyModel } from '../support/tiny-model.js'

/** A cache as huggingface_hub lays it out: blobs, and links to them. */
function cacheWith(repository: string, commits: readonly string[], main: string | undefined): string {
  const cache = temporaryFolder()
  const folder = join(cache, `models--${repository.replace('/', '--')}`)
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  mkdirSync(join(folder, 'refs'))
  commits.forEach((commit, n) => {
    const source = writeHuggingFace(tinyModel(n + 1, { vocabSize: 257, layers: n + 1 }))
    const snapshot = join(folder, 'snapshots', commit)
    mkdirSync(snapshot, { recursive: true })
    for (const name of readdirSync(source)) {
      renameSync(join(source, name), join(folder, 'blobs', `${commit}-${name}`))
      symlinkSync(join('../../blobs', `${commit}-${name}`), join(snapshot, name))
    }
  })
  if (main !== undefined) writeFileSync(join(folder, 'refs', 'main'), main)
  return cache
}

afterEach(() => vi.unstubAllEnvs())

describe('models of the Hugging Face cache', () => {
  it('are found by their name, at the commit that was fetched last', () => {
    const cache = cacheWith('some-org/Tiny-1.5', ['aaaa1111', 'bbbb2222'], 'aaaa1111\n')
    vi.stubEnv('HF_HUB_CACHE', cache)
    expect(loadModel(findModel('some-org/Tiny-1.5')).config.layers).toBe(1)
    writeFileSync(join(cache, 'models--some-org--Tiny-1.5', 'refs', 'main'), 'bbbb2222')
    expect(loadModel(findModel('some-org/Tiny-1.5')).config.layers).toBe(2)
    expect(() => findModel('some-org/Other')).toThrow(/neither a file or folder nor in the cache .*spikeloom pull some-org\/Other/)
    expect(() => findModel('./some-org/Tiny-1.5')).toThrow(/no such file or folder/)
  })

  it('are looked for where the environment says', () => {
    expect(hubCache({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a')
    expect(hubCache({ HF_HOME: '/b', XDG_CACHE_HOME: '/c' })).toBe('/b/hub')
    expect(hubCache({ XDG_CACHE_HOME: '/c' })).toBe('/c/huggingface/hub')
    expect(cachedModel('a/b', { HF_HOME: temporaryFolder() })).toBeUndefined()
  })

  it('have names that lead nowhere else', () => {
    for (const name of ['a/../b', '../a', 'a/..', '/a/b', 'a/b/c', 'a', '']) expect(isRepository(name)).toBe(false)
    expect(isRepository('meta-llama/Llama-2-7b-hf')).toBe(true)
    const cache = cacheWith('a/b', ['cccc3333'], '../../..')
    expect(cachedModel('a/b', { HF_HUB_CACHE: cache })).toBe(join(cache, 'models--a--b', 'snapshots', 'cccc3333'))
  })
})
