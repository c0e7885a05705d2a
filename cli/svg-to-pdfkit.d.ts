declare module 'svg-to-pdfkit' {
  /** Draws an SVG into a PDF document at a place. */
  export default function drawSvg(document: unknown, svg: string, x: number, y: number, options?: {
    readonly assumePt?: boolean
    readonly fontCallback?: (family: string, bold: boolean, italic: boolean) => string
  }): void
}
