/** Whether node_modules of a checkout holds what its package-lock.json asks for. */
export function isInstalled(folder?: string): boolean
/** Newest change of anything that dist/ is built from; milliseconds. */
export function newestSource(folder?: string): number
/** Whether dist/ was built from the sources as they are now. */
export function isBuilt(folder?: string): boolean
