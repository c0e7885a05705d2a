import { names, reads, updates, writes, type InstructionRow } from '../row.js'

const route = names('route', 'where to')
const FIRING = '1 + ceil(neurons examined for the first packet / encoderLanes) + for each packet the larger of its '
  + 'flits and ceil(neurons examined after it / encoderLanes)'
const SENDING = '1 + flits of its packets'
/** What a flit counts as, and takes, where packets do not branch. */
const COPIES = 'packetFlit 1 a flit; with network.multicast unicast every destination has a packet, and flits, of its own'

export const SPIKES_IN = [
  {
    mnemonic: 'CLRA', opcode: 0x30, format: 'A', class: 'spikes in', unit: 'adders',
    operands: [writes('acc', 'int', 'first accumulator'), names('len', 'how many')],
    summary: 'clear accumulators acc .. acc + len - 1',
    elements: 'len', passes: 1, perElement: { accumulatorWrite: 1 },
  },
  {
    mnemonic: 'CONSUME', opcode: 0x31, format: 'C', class: 'spikes in', unit: 'adders',
    operands: [
      writes('rd', 'int', 'spikes taken'), names('table', 'weight tile to use'),
      names('markers', 'trains to complete'),
    ],
    summary: 'add the weight rows of arriving spikes until that many trains are complete; rd = spikes taken',
    detail: 'Takes events from the spike FIFO and waits while it is empty. An event (axon, sign, length) adds row axon '
      + 'of the tile length times to the accumulators that the axon table entry names, or subtracts it if the sign '
      + 'is negative. A train is complete when its marker and as many events as the marker states were taken, '
      + 'in any order.',
    elements: 'running', perEvent: { axonLookup: 1, fifoPop: 1 },
    cycles: '1 + for each event max(ceil(words / weightBanks), spikes * ceil(outputs / lanes)) + the later of 3 for the '
      + 'last row to leave the array, and 1 for the last marker; words = ceil(outputs * weight bits / weightBankBits) of '
      + 'one weight row. With weightReuse per-spike, each event spikes * max(ceil(words / weightBanks), '
      + 'ceil(outputs / lanes)). An event or marker is seen in the cycle after its flit arrives. Where the axon table entry '
      + 'has a preload, max(ceil(outputs * accumulatorBits / weightBankBits / weightBanks), ceil(outputs / lanes)) first',
    note: 'each marker: fifoPop 1; each spike: synapticAdd outputs; each row read, once an event or (weightReuse '
      + 'per-spike) once a spike: weightWordRead words, accumulatorRead outputs, accumulatorWrite outputs. An entry of '
      + 'shifted additions counts a spike for each bit set of an event\'s value, an entry of products one mac outputs an event',
  },
  {
    mnemonic: 'WLOAD', opcode: 0x32, format: 'C', class: 'spikes in', unit: 'memory',
    operands: [names('table', 'weight tile to load')],
    summary: 'start loading the axon table entry\'s weight tile from DRAM into weight SRAM',
    detail: 'Goes on at once; a CONSUME of the entry waits until the last word is written. Where the entry\'s rows are fetched '
      + 'as spikes ask for them and kept, WLOAD moves nothing: it opens the tile\'s place, which is then empty.',
    elements: 'running',
    cycles: '1; the tile is there with the later of its last burst from the shared DRAM channel and ceil(words / weightBanks) cycles',
    note: 'each bank word of the tile: weightWordWrite 1; dramBit 1 a bit of every burst that holds part of the tile',
  },
] as const satisfies readonly InstructionRow[]

export const SPIKES_OUT = [
  {
    mnemonic: 'FIRE', opcode: 0x38, format: 'F', class: 'spikes out', unit: 'encoder',
    operands: [
      writes('rd', 'int', 'spikes sent'), route, reads('src', 'int', 'spike counts q'),
      names('len', 'how many neurons'),
    ],
    summary: 'send the whole train of every neuron: abs(q) spikes of sign q; rd = spikes sent',
    detail: 'The route says how counts are encoded: as ternary trains, which are described here, or as binary, bitwise, '
      + 'graded or dense ones (docs/encodings.md). Neuron i at src + i has axon i. On a chip with burst trains a neuron sends one event that holds its '
      + 'length (another one past 255 spikes), on one with unrolled trains one event a spike. The counts stay as they are. '
      + 'A packet leaves when it is full or no neuron is left, while the encoder examines the neurons after it.',
    elements: 'len', passes: 1, perElement: { encoderStep: 1, dataWordRead: 1 }, perEvent: { spikeEmit: 1 },
    cycles: FIRING, note: COPIES,
  },
  {
    mnemonic: 'STEP', opcode: 0x39, format: 'F', class: 'spikes out', unit: 'encoder',
    operands: [
      writes('rd', 'int', 'neurons still charged'), route, updates('src', 'int', 'spike counts q'),
      names('len', 'how many neurons'),
    ],
    summary: 'one time step: every neuron with a count left sends one spike; rd = neurons still charged',
    detail: 'The spike has the sign of q, and q moves one toward zero. The train is out when rd is 0.',
    elements: 'len', passes: 1, perElement: { encoderStep: 1, dataWordRead: 1 },
    perEvent: { spikeEmit: 1, dataWordWrite: 1 },
    cycles: FIRING, note: COPIES,
  },
  {
    mnemonic: 'ENDT', opcode: 0x3a, format: 'F', class: 'spikes out', unit: 'packetiser',
    operands: [writes('rd', 'int', 'events of the train'), route],
    summary: 'end the train: send a marker with its number of events; rd = that number',
    detail: 'The events since the last ENDT on this route. One packet of one flit; an empty train has a marker too.',
    fixedCycles: 1, note: COPIES,
  },
] as const satisfies readonly InstructionRow[]

export const MESSAGES = [
  {
    mnemonic: 'SENDA', opcode: 0x40, format: 'A', class: 'messages', unit: 'packetiser',
    operands: [route, reads('acc', 'int', 'first accumulator'), names('len', 'how many')],
    summary: 'send accumulators as 32-bit words to the route\'s data address',
    detail: 'The words are written there or added to what is there (integers), as the route\'s mode says. '
      + 'Partial sums of tiles that split a layer\'s inputs meet this way. Every packet increments the route\'s '
      + 'semaphore.',
    elements: 'len', passes: 1, perElement: { accumulatorRead: 1 }, cycles: SENDING,
    note: COPIES,
  },
  {
    mnemonic: 'SENDV', opcode: 0x41, format: 'F', class: 'messages', unit: 'packetiser',
    operands: [route, reads('src', 'word', 'first word'), names('len', 'how many')],
    summary: 'send data words to the route\'s data address', detail: 'As SENDA, from data SRAM.',
    elements: 'len', passes: 1, perElement: { dataWordRead: 1 }, cycles: SENDING,
    note: COPIES,
  },
] as const satisfies readonly InstructionRow[]
