import { ACTION_COUNT, ACTION_INDEX } from '../../isa/actions.js'
import { PACKET_EVENTS, PACKET_MARKER, PACKET_WORDS, storeWords } from '../packets.js'
import { WAIT_SPIKES } from './core.js'
import type { Core } from './core.js'
import { valueShare } from './ports.js'
import { catchUp, nextVisible } from './take.js'

/** The receiving side of a core's port: what one arriving flit does. */

const FIFO_PUSH = ACTION_INDEX.fifoPush
const WORD_READ = ACTION_INDEX.dataWordRead
const WORD_WRITE = ACTION_INDEX.dataWordWrite
const INT_OP = ACTION_INDEX.intOp

/**
 * Puts one flit of a packet into a core. Returns true if the flit's place in the receive buffer is
 * free again at once; false for events that find the spike FIFO full.
 * @param flit index within the packet; the tail is the last
 */
export function receiveFlit(core: Core, packet: number, flit: number, isTail: boolean): boolean {
  const { store } = core.ports
  const kind = store.kind[packet]!
  const tag = store.tag[packet]!
  const { waits } = core
  if (kind === PACKET_EVENTS || kind === PACKET_MARKER) {
    waits.spikesFrom = store.source[packet]!
    waits.spikesTag = tag
    waits.spikesSentAt = store.sentAt[packet]!
    waits.spikesAt = core.ports.now()
  } else if (isTail) {
    waits.wordsFrom = store.source[packet]!
    waits.wordsTag = tag
    waits.wordsSentAt = store.sentAt[packet]!
    waits.wordsAt = core.ports.now()
    waits.wasSignal = kind !== PACKET_WORDS
  }
  if (kind === PACKET_EVENTS) return receiveEvents(core, packet, flit, tag)
  if (kind === PACKET_MARKER) {
    core.fifo.mark(store.count[packet]!)
    core.counts[tag * ACTION_COUNT + FIFO_PUSH]!++
    if (core.state === WAIT_SPIKES) core.wake()
    return true
  }
  if (kind === PACKET_WORDS && flit > 0) receiveWords(core, packet, flit, tag)
  if (isTail) core.post(store.semaphore[packet]!, tag)
  return true
}

function receiveEvents(core: Core, packet: number, flit: number, tag: number): boolean {
  const { store, format } = core.ports
  const values = store.perFlit[packet]!
  const perFlit = values === 0 ? format.eventsPerFlit : values
  const first = flit === 0 ? 0 : 1 + (flit - 1) * perFlit
  const end = flit === 0 ? 1 : Math.min(store.count[packet]!, first + perFlit)
  // While all fit, it does not matter how many of those that wait are due.
  if (core.fifo.count + end - first > core.fifo.capacity) catchUp(core, core.ports.now())
  const isFree = core.fifo.pushFlit(store.payload, packet * store.slot + 2 * first, end - first)
  core.counts[tag * ACTION_COUNT + FIFO_PUSH]! += (end - first) * (values === 0 ? 1 : valueShare(core.ports))
  if (core.streams.isActive && core.phase === 1) core.streams.request(core)
  if (core.state === WAIT_SPIKES) core.wake()
  if (isFree) return true
  if (core.intake.nextAt !== Infinity) core.ports.schedule(core.id, nextVisible(core))
  return false
}

function receiveWords(core: Core, packet: number, flit: number, tag: number): void {
  const { store, format } = core.ports
  const words = storeWords(core.data, store, format, packet, flit)
  const first = (flit - 1) * format.wordsPerFlit
  core.dataPorts.arrive(store.address[packet]!, first, first + words, 1 + store.accumulate[packet]!)
  const base = tag * ACTION_COUNT
  core.counts[base + WORD_WRITE]! += words
  if (store.accumulate[packet] === 0) return
  core.counts[base + WORD_READ]! += words
  core.counts[base + INT_OP]! += words
}
