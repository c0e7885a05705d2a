/** Canvas and colours. */

export interface Colours {
  readonly ink: string
  readonly soft: string
  readonly faint: string
  readonly accent: string
  readonly heat: string
  readonly bad: string
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return { ink: of('ink'), soft: of('soft'), faint: of('faint'), accent: of('accent'), heat: of('heat'), bad: of('bad') }
}

/** A canvas sharp on this screen, and its context in CSS pixels. */
export function fit(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d')!
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}

/** Calls `draw` once in the next frame, however often it is asked for. */
export function onceAFrame(draw: () => void): () => void {
  let asked = false
  return () => {
    if (asked) return
    asked = true
    requestAnimationFrame(() => {
      asked = false
      draw()
    })
  }
}
