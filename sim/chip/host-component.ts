import type { Component } from '../component.js'
import { storeWords } from '../core/receive.js'
import { PACKET_WORDS } from '../packets.js'
import type { PacketFormat, PacketStore } from '../packets.js'
import type { Host } from './host.js'

/** The host as a component: behind the last core in a cycle, at the host port on the network. */
export class HostComponent implements Component {
  readonly id: number
  private readonly host: Host
  private readonly store: PacketStore
  private readonly format: PacketFormat

  constructor(id: number, host: Host, store: PacketStore, format: PacketFormat) {
    this.id = id
    this.host = host
    this.store = store
    this.format = format
  }

  step(): void {
    this.host.step()
  }

  receive(packet: number, flit: number, isTail: boolean): boolean {
    const { store } = this
    if (store.kind[packet] === PACKET_WORDS && flit > 0) storeWords(this.host.data, store, this.format, packet, flit)
    if (isTail) this.host.post(store.semaphore[packet]!)
    return true
  }

  injected(): void {
    // Its injection queue has no limit.
  }

  settle(): number {
    return -1
  }

  traceTo(): void {
    // Its packets are the cores' arrivals.
  }

  isDone(): boolean {
    return this.host.done
  }

  waitingFor(): string {
    return this.host.waitingFor()
  }
}
