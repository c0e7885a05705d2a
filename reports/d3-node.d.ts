declare module 'd3-node' {
  import type { BaseType, Selection } from 'd3'

  export class D3Node {
    constructor(options?: { d3Module?: unknown; styles?: string })
    readonly window: {
      XMLSerializer: new () => { serializeToString(node: unknown): string }
      DOMParser: new () => { parseFromString(text: string, type: string): unknown }
    }
    createSVG(width: number, height: number): Selection<BaseType, unknown, null, undefined>
  }
}
