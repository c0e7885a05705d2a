/**
 * Timings of one memory channel after the JEDEC standards, as published simulators state them (ramulator2: hbm3, lpddr5;
 * DRAMsim3: DDR4_8Gb_x8_3200). Nanoseconds and bytes. A channel is what has a command and a data bus of its own: a
 * pseudo-channel of HBM3, 16 bits of LPDDR5, 64 bits of DDR4.
 */
export interface ChannelTimings {
  /** Peak of the data bus, GB/s. */
  readonly gigabytesPerSecond: number
  readonly burstBytes: number
  readonly banks: number
  readonly bankGroups: number
  readonly pageBytes: number
  /** Column command to data; activate to column; precharge to activate; activate to precharge. */
  readonly clNs: number
  readonly rcdNs: number
  readonly rpNs: number
  readonly rasNs: number
  /** Between column commands of one bank group, over what a burst takes; between activates; window of four activates. */
  readonly ccdLongOverShort: number
  readonly rrdNs: number
  readonly fawNs: number
  /** Time that a refresh of all banks takes, and the mean time between two. */
  readonly rfcNs: number
  readonly refiNs: number
}

export type DramKind = 'hbm3' | 'lpddr5' | 'ddr4'

export const CHANNEL_TIMINGS: Readonly<Record<DramKind, ChannelTimings>> = {
  // HBM3-6400: 16 channels x 2 pseudo-channels of 32 bits a stack.
  hbm3: {
    gigabytesPerSecond: 25.6, burstBytes: 32, banks: 16, bankGroups: 4, pageBytes: 1024,
    clNs: 12.5, rcdNs: 19.4, rpNs: 16.3, rasNs: 28, ccdLongOverShort: 2, rrdNs: 2.5, fawNs: 15, rfcNs: 350, refiNs: 3900,
  },
  // LPDDR5-6400, x16.
  lpddr5: {
    gigabytesPerSecond: 12.8, burstBytes: 32, banks: 16, bankGroups: 4, pageBytes: 2048,
    clNs: 21.3, rcdNs: 18.8, rpNs: 18.8, rasNs: 42.5, ccdLongOverShort: 2, rrdNs: 5, fawNs: 20, rfcNs: 245, refiNs: 3906,
  },
  // DDR4-3200, eight x8 devices.
  ddr4: {
    gigabytesPerSecond: 25.6, burstBytes: 64, banks: 16, bankGroups: 4, pageBytes: 8192,
    clNs: 13.9, rcdNs: 13.9, rpNs: 13.9, rasNs: 33, ccdLongOverShort: 2, rrdNs: 2.5, fawNs: 21, rfcNs: 350, refiNs: 7800,
  },
}
