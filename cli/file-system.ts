import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InputError } from '../sim/errors.js'

/** Why the system refused, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EISDIR': return 'it is a folder'
    case 'ENOTDIR':
    case 'EEXIST': return 'a file stands where a folder is needed'
    case 'EACCES':
    case 'EPERM':
    case 'EROFS': return 'no permission'
    case 'ENOSPC':
    case 'EDQUOT': return 'the disk is full'
    case 'ENAMETOOLONG': return 'the name is too long'
    case 'ELOOP': return 'its links go round in a circle'
    case 'EMFILE':
    case 'ENFILE': return 'too many files are open'
    case 'ENOENT': return 'there is no such place'
    case 'EIO': return 'the device failed'
    default: return message.replace(/, \w+( '.*)?$/, '')
  }
}

/** Whether the error is the system's refusal of a file or folder. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'syscall' in error && 'errno' in error
}

/**
 * Makes a folder, and those around it, step by step: Node's own recursion never ends where a parent exists and takes no
 * folder, as in /proc.
 * @returns the folders made, the outermost first
 * @throws InputError when a file is in the way, or the place takes no folder
 */
export function makeFolder(path: string): string[] {
  const missing: string[] = []
  let at = resolve(path)
  for (; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at)
  try {
    if (!statSync(at).isDirectory()) throw new InputError(`cannot make the folder '${path}': '${at}' is a file.`)
    for (const folder of missing) {
      try {
        mkdirSync(folder)
      } catch (error) {
        // Another process may have made it meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error
      }
    }
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`cannot make the folder '${path}': ${reasonOf(error)}`)
  }
  return missing
}
