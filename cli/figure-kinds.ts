/** In which forms charts are written. */
export const FIGURE_KINDS = ['svg', 'png', 'pdf', 'csv'] as const
export type FigureKind = (typeof FIGURE_KINDS)[number]

/** Yargs option of the commands that write charts. */
export const FIGURES = {
  type: 'string', array: true, choices: FIGURE_KINDS, default: ['svg', 'csv'] as FigureKind[],
  describe: 'what to write of each chart into charts/: pictures for paper and slides, and its numbers',
} as const
