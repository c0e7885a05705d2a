/**
 * All routers live in one Int32Array, as records that point at each other by their word address: a hop then touches
 * few cache lines, and the compiled code keeps one base address.
 *
 * In a request word the low half asks for a virtual channel (VA), the high half for the switch (SA).
 *
 * V8 folds a constant that a module keeps to itself into compiled code, but loads one that is exported or imported at
 * every use: a fifth of the whole run in bench/large-layer.ts. So this is one object, and hot modules take what they need
 * out of it: `const { I_STATE, I_COUNT } = LAYOUT`. scripts/build-router.mjs reads the numbers from this text.
 */
export const LAYOUT = {
  /** Router record. */
  R_REQUESTS: 0, // mask of outputs somebody asks for, and LISTED
  /** Input VC that alone asks for the switch, without a bit in any mask; -1 if none, or if it stands in the masks. */
  R_ALONE: 1,
  /** Bit of R_REQUESTS: the router is on the worklist. A router has 15 ports at most, so it is free in the VA half. */
  LISTED: 0x8000,
  R_INDEX: 2,
  R_FLITS: 3, // flits that entered this router
  R_COLUMN: 4,
  R_ROW: 5,
  R_FREE: 6, // mask of outputs with a VC that no packet holds
  R_SIZE: 8,

  /** Port record; one for the input and output side of a port. Request words per input port follow at P_PAIR. */
  P_FREE: 0, // output VCs no packet holds
  P_CREDIT: 1, // output VCs with a credit
  P_REQUESTS: 2, // mask of input ports that ask for this output
  P_GRANT: 3, // iSLIP pointers of the switch, and the VC pointer of the input side
  P_ACCEPT: 4,
  P_VC: 5,
  P_NUMBER: 6,
  P_ROUTER: 7,
  P_IN: 8, // address of this port's first input VC, then of its first output VC
  P_OUT: 9,
  P_PEER_IN: 10, // first input VC at the other end of the link, then the first output VC there; -1 for endpoints
  P_PEER_OUT: 11,
  P_DELAY: 12,
  P_KIND: 13,
  P_ENDPOINT: 14,
  P_FLITS: 15, // flits that left through this output
  P_ID: 16, // port id, as in the wiring
  P_INJECT: 17, // VCs an endpoint on this port has credits for
  P_PER_FLIT: 18, // cycles between two flits on the link
  P_SENT_AT: 19, // cycle (its low 32 bits) in which the last flit took a credit of this output
  P_PAIR: 20,

  /** Input VC record, followed by its ring of flits. */
  I_STATE: 0,
  I_HEAD: 1,
  I_COUNT: 2,
  I_HELD: 3, // output VC held; for a branching packet the address of its branch record
  I_ALLOWED: 4,
  I_ACCEPT: 5,
  I_PORT: 6,
  I_KEY: 7, // (port number << 4) | vc
  I_RING: 8,

  /** Output VC record. */
  O_CREDITS: 0,
  O_OWNER: 1,
  O_GRANT: 2,
  O_PORT: 3,
  O_KEY: 4,
  O_DELIVERED: 5,
  O_INJECT: 6, // credits of the endpoint for the input VC of the same index
  O_SIZE: 8,

  /** Branch record: outputs, open outputs, flits released, then four words per output port. A free one links to the next. */
  B_ALL: 0,
  B_OPEN: 1,
  B_RELEASED: 2,
  B_FIRST: 4,
  B_OVC: 0,
  B_SENT: 1,
  B_ALLOWED: 2,

  VC_IDLE: 0,
  VC_WAITING: 1,
  VC_ACTIVE: 2,
  VC_BRANCHING: 3,

  /** Flits are one integer: (worm << 2) | (head << 1) | tail. */
  FLIT_TAIL: 1,
  FLIT_HEAD: 2,

  /** Kinds of a port, as in sim/fabric. */
  KIND_CHIP: 2,
  KIND_EJECT: 3,

  /** What the routers know of a packet under way, by worm: W_SIZE words each. */
  W_PLACE: 0, // unicast: (column << 14) | (row << 4) | port of the destination; -1 for others
  W_TAG: 1,
  W_SIZE: 2,
} as const

/** Index of the lowest set bit. */
export function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask)
}

/** Index of the first set bit from `start` on, cyclically: a round-robin arbiter. mask is not 0. */
export function roundRobin(mask: number, start: number): number {
  const from = mask & (-1 << start)
  return lowest(from !== 0 ? from : mask)
}
