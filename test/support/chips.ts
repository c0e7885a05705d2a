import type { ChipSpecInput } from '../../sim/config/chip-spec.js'

type TableLink = NonNullable<NonNullable<ChipSpecInput['grid']>['table']>['links'][number]

/** Chips that differ in what could change a result if anything could: each key names what is special. */
export const DIVERSE_CHIPS: Readonly<Record<string, ChipSpecInput>> = {
  'the default chip': {},
  'shared cores': { grid: { columns: 3, rows: 3 } },
  'two cores that hold all weights': { grid: { columns: 2, rows: 1 } },
  'two cores that reload all weights': { grid: { columns: 2, rows: 1 }, core: { weightSramKiB: 2 } },
  'two cores that fetch the rows of spikes': { grid: { columns: 2, rows: 1 }, core: { weightSramKiB: 2 }, dram: { streaming: 'row' } },
  'three cores that load the next tile ahead': { grid: { columns: 3, rows: 1 }, core: { weightSramKiB: 5 } },
  'caches and constants in external memory': {
    grid: { columns: 3, rows: 2 }, core: { dataSramKiB: 3.25, weightSramKiB: 2 }, dram: { streaming: 'row' },
  },
  'four cores, tiny accumulators': { grid: { columns: 2, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32 } },
  'barriers': { core: { spikeTrain: 'unrolled' }, sync: { mode: 'barrier' } },
  'barriers on four shared cores': {
    grid: { columns: 2, rows: 2 }, core: { weightSramKiB: 1, accumulators: 32, spikeTrain: 'unrolled' }, sync: { mode: 'barrier' },
  },
  'unrolled trains, narrow adders, rows read per spike': { core: { spikeTrain: 'unrolled', lanes: 8, weightReuse: 'per-spike' } },
  'address events by unicast over one virtual channel': { network: { eventsPerPacket: 1, multicast: 'unicast', virtualChannels: 1 } },
  'a torus of two-core tiles': {
    grid: { columns: 5, rows: 5, topology: 'torus', coresPerTile: 2 }, network: { hopCycles: 5, virtualChannels: 2 },
  },
  // A ring of rings, joined at tiles 0, 4, 8 and 12, one link of it long and one narrow.
  'an irregular network': {
    grid: {
      columns: 4, rows: 4, topology: 'table',
      table: {
        links: [0, 4, 8, 12].flatMap((ring) => [0, 1, 2, 3].map((k): TableLink => ({ from: ring + k, to: ring + ((k + 1) % 4) })))
          .concat([{ from: 0, to: 4 }, { from: 4, to: 8, cycles: 5 }, { from: 8, to: 12, bits: 16 }, { from: 12, to: 0 }]),
      },
    },
  },
  'small queues everywhere': {
    core: { spikeFifoEvents: 4, lanes: 1 }, network: { bufferFlits: 4, eventsPerPacket: 4, injectionQueueFlits: 9 },
  },
}
