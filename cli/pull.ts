import type { CommandModule } from 'yargs'
import { InputError } from '../sim/errors.js'
import { hubCache, isRepository } from './hub-cache.js'
import { note, print } from './output.js'

interface Arguments {
  repository: string
  revision: string
  file: string[] | undefined
  endpoint: string | undefined
}

/** What a model is loaded from: nothing else of a repository is fetched unless it is named. */
const NEEDED = /^(config\.json|tokenizer\.json|tokenizer_config\.json|model\.safetensors|model\.safetensors\.index\.json|model-\d{5}-of-\d{5}\.safetensors)$/

export interface PullOptions {
  readonly repository: string
  readonly revision: string
  /** Names of the files wanted; default: those of a Hugging Face folder. */
  readonly files: readonly string[] | undefined
  /** Address of the hub; default: the library's, or HF_ENDPOINT. */
  readonly endpoint: string | undefined
  readonly onFile?: (path: string, bytes: number) => void
}

interface HubFile { readonly path: string; readonly size: number }

/**
 * Fetches a model into the cache that all of Hugging Face's tools share; what is there already is not fetched again.
 * @throws InputError when the repository or a file is not there
 */
export async function pull({ repository, revision, files, endpoint, onFile }: PullOptions): Promise<readonly HubFile[]> {
  if (!isRepository(repository)) throw new InputError(`'${repository}' is no repository; expected ORG/NAME.`)
  const { downloadFileToCacheDir, listFiles } = await import('@huggingface/hub')
  const hub = { repo: repository, revision, ...(endpoint === undefined ? {} : { hubUrl: endpoint }) }
  const found: HubFile[] = []
  try {
    for await (const { path, size, type } of listFiles(hub)) {
      if (type === 'file' && (files?.includes(path) ?? NEEDED.test(path))) found.push({ path, size })
    }
    const missing = (files ?? ['config.json']).find((name) => !found.some(({ path }) => path === name))
    if (missing !== undefined) throw new InputError(`${repository} at ${revision} has no ${missing}.`)
    for (const { path, size } of found) {
      onFile?.(path, size)
      await downloadFileToCacheDir({ ...hub, path, cacheDir: hubCache() })
    }
  } catch (error) {
    if (error instanceof InputError) throw error
    const { message, statusCode } = error as Error & { statusCode?: number }
    throw new InputError(`${repository} at ${revision} could not be fetched: ${statusCode === undefined ? '' : `HTTP ${statusCode}: `}${message}`)
  }
  return found
}

/** `spikeloom pull ORG/NAME`: a model of the Hugging Face hub, for `--model ORG/NAME`. */
export const command: CommandModule<object, Arguments> = {
  command: 'pull <repository>',
  describe: 'fetch a model of the Hugging Face hub into the cache of this machine, for --model ORG/NAME',
  builder: (parser) => parser
    .positional('repository', { type: 'string', demandOption: true, describe: 'ORG/NAME' })
    .option('revision', { type: 'string', default: 'main', describe: 'branch, tag or commit' })
    .option('file', { type: 'string', array: true, describe: 'these files only, such as a .gguf (default: configuration, tokenizer, safetensors)' })
    .option('endpoint', { type: 'string', describe: 'address of the hub (default: HF_ENDPOINT, or the public one)' }),
  handler: async ({ repository, revision, file, endpoint }) => {
    const found = await pull({
      repository, revision, files: file, endpoint: endpoint ?? process.env['HF_ENDPOINT'],
      onFile: (path, bytes) => note(`fetching ${path}, ${(bytes / 1e6).toFixed(1)} MB`),
    })
    print(`${found.length} files of ${repository} are in ${hubCache()}`)
  },
}
