import type { AxonTableEntry, CoreImage, WeightTile } from '../image.js'
import { EVENT_BYTES, MOST_PENDING, PRODUCT_BYTES, RowBatch } from './row-batch.js'
import type { RowLayout } from './row-batch.js'
import { rowKernels } from './rows.js'
import type { RowKernels } from './rows.js'
import { MOST_PAGES, PAGE_BYTES, webAssembly } from './webassembly.js'
import type { WasmMemory } from './webassembly.js'

/**
 * A chip's weights and accumulators in one WebAssembly memory, where the SIMD kernels reach them. Its size is known
 * when the chip is built, so it never grows and views on it stay valid. In this order:
 *   products   for each length of -7..7 and each nibble n, length * (n - 8) + 8 * abs(length): 15 x 16 bytes
 *   weights    each tile once, in blocks of columns, in a block row by row. Up to 4 bits a weight: two to a byte, blocks
 *              of 64 weights (rows.as, packRow); more: a byte each, blocks of 16
 *   by core    events that wait to be added, then accumulators, with room behind for the last block of a row
 *   scratch    one unpacked row
 */

/** Weights of one block: what the kernels take at a time. A sum past a row's end gets weights of 0. */
const PACKED_BLOCK = 64
const BYTE_BLOCK = 16

/** Largest limit of a packed weight: -8..7. */
const MOST_PACKED = 7
const LONGEST = 7
const PRODUCTS_BYTES = 256

export interface KernelMemory {
  /** By core; undefined where there are no weights to add. */
  readonly batches: readonly (RowBatch | undefined)[]
  /** Tiles whose weights were seen to be within their limits as they were packed. */
  readonly checked: ReadonlySet<WeightTile>
  /** Size of the memory. */
  readonly bytes: number
}

/**
 * Copies an image's weights into a memory of its own. Law: they are within their tiles' limits; of those that are not
 * `checked`, the caller sees to it (core/check.ts).
 * @param accumulators of each core
 * @returns undefined if there is nothing to add, or more than a memory holds, or the engine cannot: run plain then
 */
export function loadKernelMemory(cores: readonly CoreImage[], accumulators: number): KernelMemory | undefined {
  const tiles = new Set<WeightTile>()
  for (const { axonTable } of cores) for (const { tile } of axonTable) if (tile.weights.length > 0) tiles.add(tile)
  if (tiles.size === 0) return undefined
  const plan = plannedLayout(cores, tiles, accumulators)
  const pages = Math.ceil(plan.bytes / PAGE_BYTES)
  if (webAssembly === undefined || pages > MOST_PAGES) return undefined
  let memory: WasmMemory
  let kernels: RowKernels
  try {
    memory = new webAssembly.Memory({ initial: pages, maximum: pages })
    kernels = rowKernels(memory)
  } catch {
    return undefined // no room left for a memory, or no SIMD
  }
  writeProducts(new Uint8Array(memory.buffer))
  const checked = new Set<WeightTile>()
  for (const [tile, layout] of plan.layouts) {
    if (copyTile(tile, layout, memory, kernels, plan.scratch)) checked.add(tile)
  }
  const batches = cores.map(({ axonTable }, core) => {
    const at = plan.coreAddresses[core]!
    return at < 0 ? undefined : new RowBatch(memory, kernels, at, accumulators, entryLayouts(axonTable, plan.layouts))
  })
  return { batches, checked, bytes: pages * PAGE_BYTES }
}

interface Plan {
  readonly layouts: Map<WeightTile, RowLayout>
  /** Address of each core's events; -1 for a core without weights. */
  readonly coreAddresses: readonly number[]
  readonly scratch: number
  readonly bytes: number
}

function plannedLayout(cores: readonly CoreImage[], tiles: ReadonlySet<WeightTile>, accumulators: number): Plan {
  const layouts = new Map<WeightTile, RowLayout>()
  let at = PRODUCTS_BYTES
  let widest = 0
  for (const tile of tiles) {
    const isPacked = tile.limit <= MOST_PACKED
    const blocks = Math.ceil(tile.outputs / (isPacked ? PACKED_BLOCK : BYTE_BLOCK))
    const rowBytes = isPacked ? PACKED_BLOCK / 2 : BYTE_BLOCK
    const blockBytes = rowBytes * tile.inputs
    layouts.set(tile, { address: at, rowBytes, blocks, blockBytes, isPacked })
    at += blocks * blockBytes
    widest = Math.max(widest, blocks * PACKED_BLOCK)
  }
  const coreBytes = (MOST_PENDING + 1) * EVENT_BYTES + 4 * (accumulators + PACKED_BLOCK)
  const coreAddresses = cores.map(({ axonTable }) => {
    if (!axonTable.some(({ tile }) => layouts.has(tile))) return -1
    const address = at
    at += Math.ceil(coreBytes / 16) * 16
    return address
  })
  return { layouts, coreAddresses, scratch: at, bytes: at + widest }
}

function entryLayouts(
  entries: readonly AxonTableEntry[], layouts: ReadonlyMap<WeightTile, RowLayout>,
): (RowLayout & { accumulator: number })[] {
  return entries.map(({ tile, accumulator }) => ({ ...layouts.get(tile)!, accumulator }))
}

function writeProducts(bytes: Uint8Array): void {
  for (let length = -LONGEST; length <= LONGEST; length++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      bytes[(length + LONGEST) * PRODUCT_BYTES + nibble] = length * (nibble - 8) + 8 * Math.abs(length)
    }
  }
}

/** Returns true if all weights were seen to be within the tile's limit. */
function copyTile(tile: WeightTile, layout: RowLayout, memory: WasmMemory, kernels: RowKernels, scratch: number): boolean {
  const bytes = new Int8Array(memory.buffer)
  const { address, rowBytes, blocks, blockBytes, isPacked } = layout
  let fits = 1
  bytes.fill(0, scratch, scratch + blocks * PACKED_BLOCK) // behind a row are weights of 0
  for (let input = 0; input < tile.inputs; input++) {
    const from = tile.offset + input * tile.stride
    bytes.set(tile.weights.subarray(from, from + tile.outputs), scratch)
    const to = address + input * rowBytes
    if (isPacked) fits &= kernels.packRow(scratch, to, blocks, blockBytes)
    else kernels.placeRow(scratch, to, blocks, blockBytes)
  }
  return isPacked && tile.limit === MOST_PACKED && fits === 1
}
