import { decodeProgram, IsaError } from '../../isa/index.js'
import type { DecodedProgram } from '../../isa/index.js'
import type { Component } from '../component.js'
import type { ChipSpec } from '../config/chip-spec.js'
import { fabricDescription, HOST_PORT } from '../config/fabric.js'
import { coreCount } from '../config/size.js'
import { checkImage, checkImageWeights } from '../core/check.js'
import { IsaCore } from '../core/isa-core.js'
import { SpikeReplayer, SpikeSampler } from '../core/sampler.js'
import { InputError } from '../errors.js'
import type { Attachment } from '../fabric/index.js'
import type { MachineImage } from '../image.js'
import { loadKernelMemory } from '../kernels/memory.js'
import type { KernelMemory } from '../kernels/memory.js'
import type { ChipPorts } from './ports.js'

/** From an image to the components that run it. */

/** An image that was found to fit its chip. */
export interface LoadedImage {
  readonly programs: readonly DecodedProgram[]
  /** Weights and accumulators where the SIMD kernels reach them; undefined where plain code adds. */
  readonly memory: KernelMemory | undefined
}

/**
 * Checks an image against a chip, and lays its weights out for the kernels.
 * @throws InputError if it does not fit the chip, or refers to something that is not there
 */
export function loadImage(spec: ChipSpec, image: MachineImage, kernels: 'simd' | 'plain'): LoadedImage {
  const programs = image.cores.map((core, id) => decoded(core.program, id))
  checkImage(image, programs, spec)
  const memory = kernels === 'simd' ? loadKernelMemory(image.cores, spec.core.accumulators) : undefined
  checkImageWeights(image, memory?.checked ?? new Set())
  return { programs, memory }
}

/** The cores of an image, in the order of their numbers. */
export function buildCores(spec: ChipSpec, image: MachineImage, { programs, memory }: LoadedImage, ports: ChipPorts): IsaCore[] {
  return image.cores.map((coreImage, id) => {
    const core = new IsaCore(id, spec, coreImage, programs[id]!, ports, ports.counts, memory?.batches[id])
    if (image.draws !== undefined) core.sampler = new SpikeSampler(image.draws, id)
    if (image.replay !== undefined) core.sampler = new SpikeReplayer(image.replay)
    return core
  })
}

/** Where a component stands: its number, and its endpoint in the network. */
export interface Place {
  readonly id: number
  readonly endpoint: number
}

/** Makes the component of an endpoint beside the cores. */
type AttachedBuilder = (attachment: Attachment, place: Place, spec: ChipSpec, ports: ChipPorts) => Component

/** What stands on the endpoints beside the cores, by the name the fabric gives them up to a blank; the host comes with a run. */
const ATTACHED: Readonly<Record<string, AttachedBuilder>> = {}

/** The components of the endpoints beside the cores, but the host. */
export function buildAttached(spec: ChipSpec, image: MachineImage, ports: ChipPorts): Component[] {
  return fabricDescription(spec).attached.flatMap((attachment, at) => {
    if (attachment.name === HOST_PORT) return []
    const build = ATTACHED[attachment.name.split(' ')[0]!]
    if (build === undefined) throw new Error(`nothing is built for the endpoint '${attachment.name}'`)
    return [build(attachment, { id: image.cores.length + at, endpoint: coreCount(spec) + at }, spec, ports)]
  })
}

function decoded(words: BigUint64Array, core: number): DecodedProgram {
  try {
    return decodeProgram(words)
  } catch (error) {
    if (error instanceof IsaError) throw new InputError(`core ${core}: ${error.message}`)
    throw error
  }
}
