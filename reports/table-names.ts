/** Tables of a result that `export` writes; a file of its own, so that the command line can name them cheaply. */
export const TABLE_NAMES = ['layers', 'cores', 'waits', 'links', 'routers', 'prices', 'timeline', 'path', 'power'] as const
export type TableName = (typeof TABLE_NAMES)[number]
