/** Units of a core whose busy cycles are reported apart. */
export const UNITS = ['sequencer', 'vector', 'adders', 'encoder', 'packetiser', 'memory'] as const
