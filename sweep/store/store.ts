import type Libsql from 'libsql'
import { InputError } from '../../sim/errors.js'
import type { Point, Role } from '../points.js'
import { STORE_VERSION, TABLES } from './schema.js'

/** How a point ended. */
export interface FinishedPoint {
  readonly key: string
  readonly state: 'done' | 'failed'
  readonly settings: string
  readonly seed: number
  readonly version: string
  /** JSON; null of a point that failed. */
  readonly numbers: string | null
  readonly error: string | null
  /** The whole result, gzipped JSON, where it is kept. */
  readonly gzip: Uint8Array | null
  readonly finishedAt: string
  readonly wallSeconds: number
  readonly worker: string
}

/** A place of the plan, and how it ended; what is not finished has no state. */
export interface DesignRow {
  readonly position: number
  readonly key: string
  readonly role: Role
  readonly name: string
  readonly settings: string
  readonly seed: number
  readonly state: 'done' | 'failed' | null
  readonly numbers: string | null
  readonly error: string | null
  readonly wallSeconds: number | null
}

export interface StoreOptions {
  /** Who computes here, as claims name it. */
  readonly owner: string
  /** Whether another owner may still be at work. */
  readonly isAlive: (owner: string) => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Files on a network share cannot have a write-ahead log. */
  readonly log: 'wal' | 'delete'
}

/** How long a claim holds unless it is renewed, and how long writers wait for each other. */
const CLAIM_MS = 120_000
const BUSY_MS = 30_000

const SELECT_DESIGN = `select d.position, d.key, d.role, d.name, d.settings, d.seed, p.state, p.numbers, p.error, p.wallSeconds
  from design d left join points p on p.key = d.key`

export interface Counts {
  readonly points: number
  readonly done: number
  readonly failed: number
}

/**
 * The points of a sweep in one SQLite file. Rows are added when a point is finished and never changed, so any number of
 * processes may share it, and one that is killed loses only what it had not finished.
 */
export class Store {
  private readonly db: Libsql.Database
  private readonly options: StoreOptions
  private readonly statements = new Map<string, Libsql.Statement>()

  private constructor(db: Libsql.Database, options: StoreOptions) {
    this.db = db
    this.options = options
  }

  /**
   * Opens a store, or makes one.
   * @throws InputError for a file that is no store, or one of a newer version; it is left as it was
   */
  static async open(file: string, options: StoreOptions): Promise<Store> {
    const { default: Database } = await import('libsql')
    let db: Libsql.Database | undefined
    try {
      db = new Database(file, { timeout: BUSY_MS } as Libsql.Options)
      checkVersion(db, file)
      db.pragma(`journal_mode = ${options.log}`)
      db.pragma('synchronous = normal')
      db.exec(TABLES)
      db.prepare('insert or ignore into meta values (?, ?)').run('version', String(STORE_VERSION))
      return new Store(db, options)
    } catch (error) {
      db?.close()
      if (error instanceof InputError) throw error
      throw new InputError(`cannot open the store '${file}': ${(error as Error).message}`)
    }
  }

  /** How a point ended; undefined while it has not. */
  stateOf(key: string): 'done' | 'failed' | undefined {
    return (this.prepare('select state from points where key = ?').get(key) as { readonly state: 'done' | 'failed' } | undefined)?.state
  }

  /** A point's whole result, gzipped JSON, if it was kept. */
  result(key: string): Uint8Array | undefined {
    const row = this.prepare('select gzip from results where key = ?').get(key) as { readonly gzip: Uint8Array } | undefined
    return row?.gzip
  }

  /**
   * Asks for a point before computing it.
   * @returns mine: nobody else computes it now; done: it is finished; taken: another owner is at it
   */
  claim(key: string): 'mine' | 'done' | 'taken' {
    const { owner, isAlive, now } = this.options
    return this.db.transaction(() => {
      if (this.stateOf(key) !== undefined) return 'done'
      const held = this.prepare('select owner, until from claims where key = ?').get(key) as { owner: string; until: number } | undefined
      if (held !== undefined && held.owner !== owner && held.until > now() && isAlive(held.owner)) return 'taken'
      this.prepare('insert or replace into claims values (?, ?, ?)').run(key, owner, now() + CLAIM_MS)
      return 'mine'
    }).immediate()
  }

  /** Keeps this owner's claims from running out; to be called well within two minutes. */
  renew(): void {
    this.prepare('update claims set until = ? where owner = ?').run(this.options.now() + CLAIM_MS, this.options.owner)
  }

  /** Gives up this owner's claims. */
  release(): void {
    this.prepare('delete from claims where owner = ?').run(this.options.owner)
  }

  /** Adds a finished point. @returns false if it was there already, which then stays as it was */
  record(point: FinishedPoint): boolean {
    return this.db.transaction(() => {
      const { changes } = this.prepare('insert or ignore into points values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        point.key, point.state, point.settings, point.seed, point.version, point.numbers, point.error, point.finishedAt,
        point.wallSeconds, point.worker)
      if (changes > 0 && point.gzip !== null) this.prepare('insert or replace into results values (?, ?)').run(point.key, point.gzip)
      this.prepare('delete from claims where key = ?').run(point.key)
      return changes > 0
    }).immediate()
  }

  /**
   * Says which plan the design is of. That of another plan is forgotten; finished points never are.
   * @throws InputError if another plan is at work in this store now
   */
  begin(plan: string): void {
    this.db.transaction(() => {
      if (this.meta('plan') === plan) return
      const { owner, isAlive, now } = this.options
      const claims = this.prepare('select distinct owner from claims where owner <> ? and until > ?').all(owner, now()) as { readonly owner: string }[]
      const other = claims.find((claim) => isAlive(claim.owner))
      if (other !== undefined) throw new InputError(`another plan is at work in this store (${other.owner}): wait for it, or sweep into another folder.`)
      this.db.exec('delete from design')
      this.setMeta('plan', plan)
    }).immediate()
  }

  /**
   * Writes what the plan asks for, from a position on.
   * @returns the number of places
   */
  setDesign(points: Iterable<Point>): number {
    const insert = this.prepare('insert or replace into design values (?, ?, ?, ?, ?, ?)')
    let places = 0
    this.db.transaction(() => {
      for (const { position, key, role, name, settings, seed } of points) {
        insert.run(position, key, role, name, JSON.stringify(settings), seed)
        places++
      }
    }).immediate()
    return places
  }

  /** Places of the plan in order, from one on and before another, each with how it ended, one at a time. */
  * design(from = 0, before = Number.MAX_SAFE_INTEGER): Generator<DesignRow> {
    const statement = this.db.prepare(`${SELECT_DESIGN} where d.position > ? and d.position < ? order by d.position limit 1000`)
    // In pages, so that no statement stays open while others write.
    for (let last = from - 1; ;) {
      const page = statement.all(last, before) as DesignRow[]
      yield * page
      if (page.length === 0) return
      last = page.at(-1)!.position
    }
  }

  counts(): Counts {
    const { points, done, failed } = this.prepare(`select count(*) as points, count(*) filter (where p.state = 'done') as done,
      count(*) filter (where p.state = 'failed') as failed from design d left join points p on p.key = d.key`).get() as Counts
    // Taken apart, because libsql adds a key of its own to what get returns.
    return { points, done, failed }
  }

  meta(name: string): string | undefined {
    return (this.prepare('select value from meta where name = ?').get(name) as { readonly value: string } | undefined)?.value
  }

  setMeta(name: string, value: string): void {
    this.prepare('insert or replace into meta values (?, ?)').run(name, value)
  }

  /**
   * Takes over what another store has finished; and its plan, if this one has none.
   * @returns rows that were new
   * @throws InputError for a file that is no store, of a newer version, or of another plan
   */
  take(file: string): number {
    this.db.prepare('attach database ? as other').run(file)
    try {
      checkVersion(this.db, file, 'other.')
      return this.db.transaction(() => {
        this.takePlan(file)
        const { changes } = this.db.prepare('insert or ignore into points select * from other.points').run()
        this.db.prepare('insert or ignore into results select * from other.results').run()
        return changes
      }).immediate()
    } finally {
      this.db.exec('detach database other')
    }
  }

  private takePlan(file: string): void {
    const row = this.db.prepare("select value from other.meta where name = 'plan'").get() as { readonly value: string } | undefined
    const own = this.meta('plan')
    if (row === undefined || row.value === own) return
    if (own !== undefined) throw new InputError(`'${file}' holds points of another plan than the stores before it.`)
    this.setMeta('plan', row.value)
    this.db.exec('insert into design select * from other.design')
  }

  close(): void {
    this.db.close()
  }

  private prepare(sql: string): Libsql.Statement {
    let statement = this.statements.get(sql)
    if (statement === undefined) this.statements.set(sql, statement = this.db.prepare(sql))
    return statement
  }
}

function checkVersion(db: Libsql.Database, file: string, schema = ''): void {
  const tables = db.prepare(`select name from ${schema}sqlite_master where type = 'table'`).all() as { readonly name: string }[]
  if (tables.length === 0 && schema === '') return
  const row = tables.some(({ name }) => name === 'meta')
    ? db.prepare(`select value from ${schema}meta where name = 'version'`).get() as { readonly value: string } | undefined : undefined
  if (row === undefined) throw new InputError(`'${file}' is a database, but not the store of a sweep.`)
  if (Number(row.value) === STORE_VERSION) return
  const advice = Number(row.value) > STORE_VERSION ? 'use a newer Spikeloom' : 'sweep into another folder'
  throw new InputError(`'${file}' is a store of version ${row.value}, but this Spikeloom keeps version ${STORE_VERSION}: ${advice}.`)
}
