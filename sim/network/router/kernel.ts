import { MOST_PAGES, PAGE_BYTES, webAssembly } from '../../kernels/webassembly.js'
import { GrowingMemory, type RouterMemory } from './memory.js'
import { ROUTER_WASM } from './router-wasm.js'

/** A field of the routers' state, as WebAssembly holds it. */
interface Field {
  value: number
}

/** The stages in WebAssembly, on a memory of their own: the same text as the methods of `Stages`, compiled. */
export interface RouterKernel {
  readonly memory: RouterMemory
  arrivals(): number
  credits(cycle: number): number
  stages(): void
  readonly fields: Readonly<Record<string, Field | undefined>>
}

/** What the stages ask of their host. */
export interface KernelHost {
  routeElsewhere(ivc: number): number
  holdLink(id: number, cycles: number): void
  linkHeld(id: number): boolean
  flitArrived(flit: number, router: number, port: number, vc: number): void
  flitLeft(flit: number, router: number, port: number, vc: number): void
}

let compiled: object | undefined

function compiledModule(): object {
  if (compiled === undefined) {
    const text = atob(ROUTER_WASM)
    compiled = new webAssembly!.Module(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))
  }
  return compiled
}

/**
 * A kernel with an empty memory; undefined where the engine has no WebAssembly, or no room for another memory.
 * @param host found when it is first called: it may be made later
 */
export function routerKernel(host: () => KernelHost): RouterKernel | undefined {
  if (webAssembly === undefined) return undefined
  try {
    const memory = new webAssembly.Memory({ initial: 1, maximum: MOST_PAGES })
    const { exports } = new webAssembly.Instance(compiledModule(), {
      env: { memory },
      host: {
        routeElsewhere: (ivc: number) => host().routeElsewhere(ivc),
        holdLink: (id: number, cycles: number) => { host().holdLink(id, cycles) },
        linkHeld: (id: number) => host().linkHeld(id),
        flitArrived: (flit: number, router: number, port: number, vc: number) => { host().flitArrived(flit, router, port, vc) },
        flitLeft: (flit: number, router: number, port: number, vc: number) => { host().flitLeft(flit, router, port, vc) },
      },
    })
    const grow = (bytes: number): ArrayBuffer => {
      const pages = Math.ceil(bytes / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES
      if (pages > 0) memory.grow(pages)
      return memory.buffer
    }
    const { arrivals, credits, stages } = exports as Pick<RouterKernel, 'arrivals' | 'credits' | 'stages'>
    return { memory: new GrowingMemory(grow), arrivals, credits, stages, fields: exports as RouterKernel['fields'] }
  } catch (error) {
    // More memories than the process can map: plain code does the same.
    if (error instanceof RangeError) return undefined
    throw error
  }
}
