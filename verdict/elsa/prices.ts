/**
 * Published prices of ELSA's processing element (28 nm, 0.9 V, 25 C, 200 MHz): its configuration and memory compiler's
 * figures, in the published artefact (commit e06c382). Energies in picojoules.
 */
export const ELSA = {
  /** Processing elements of a core, which share a layer's output columns. */
  elements: 4,
  /** Lanes of the adder trees, one an output column, and inputs of each tree. */
  treeLanes: 128,
  treeInputs: 16,
  /** All trees once, whatever the number of inputs that are there. */
  treesPj: 35.648,
  /** The 128 adders that take the place of the trees in the first layer, once for every input. */
  addersPj: 3.24,
  /** Queues that collect spikes by output row, and spikes in each. */
  queues: 32,
  queueSpikes: 16,
  queueWritePj: 0.136,
  queueReadPj: 0.092,
  /** 64 words of 64 bits: 16 weights of 4 bits. */
  weightReadPj: 0.2564,
  weightsPerWord: 16,
  /** A line of 16 membrane potentials of 16 bits. */
  membraneReadPj: 0.73,
  membraneWritePj: 0.48,
  potentialsPerLine: 16,
  /** A line of 16 counts of spikes sent. */
  tracerReadPj: 0.256,
  tracerWritePj: 0.17,
  /** 128 firing units once. */
  firePj: 2.9185,
  /** Leakage of one element's trees and firing units, microwatts. */
  treesLeakageUw: 21.888,
  fireLeakageUw: 3.848,
  /** Of one memory macro of 64 words. */
  macroLeakageUw: 0.091,
  macroWords: 64,
  clockMHz: 200,
  /** Spikes in a flit of 256 bits, 13 bits each. */
  spikesPerFlit: 18,
} as const
