import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb'
import type { LedgerRecord } from './contract'
import type { DraftRow, OpRow, PhotoRow, ReceiptRow, Row, UnitRow } from './rows'

/** The database of one person on this phone. */
export interface Schema extends DBSchema {
  meta: { key: string, value: unknown }
  units: { key: string, value: UnitRow }
  /** Records as they were pulled. */
  records: { key: [string, string], value: LedgerRecord }
  /** Records that are pulled afresh after a restored backup, until they take the place of the others. */
  incoming: { key: [string, string], value: LedgerRecord }
  ops: {
    key: [string, number, number]
    value: OpRow
    indexes: { id: string, record: [string, string], queue: [string, number, number, number], waiting: number }
  }
  drafts: { key: string, value: DraftRow }
  photos: { key: string, value: PhotoRow, indexes: { state: string } }
  photoBytes: { key: string, value: Uint8Array }
  receipts: { key: number, value: ReceiptRow }
  rows: { key: [string, string], value: Row, indexes: { kind: string, unitKind: [string, string], refs: string } }
}

export type Database = IDBPDatabase<Schema>
export type Tx<Mode extends IDBTransactionMode = 'readwrite'> = IDBPTransaction<Schema, StoreNames<Schema>[], Mode>

export const allStores: StoreNames<Schema>[] =
  ['meta', 'units', 'records', 'incoming', 'ops', 'drafts', 'photos', 'photoBytes', 'receipts', 'rows']

const version = 1

/**
 * taken is called when another tab deletes the database or opens it with a newer version of the app. What was opened
 * must not stand in its way; left out, it is closed.
 */
export async function openDatabase (name: string, taken?: () => void): Promise<Database> {
  const db = await openDB<Schema>(name, version, {
    upgrade (db, before) {
      if (before < 1) create(db)
    },
    blocking () { if (taken) taken(); else db.close() },
  })
  return db
}

/** Opens a database as it stands, without making or changing its stores. */
export async function openAnyVersion (name: string): Promise<Database> { return await openDB<Schema>(name) }

function create (db: Database): void {
  db.createObjectStore('meta')
  db.createObjectStore('units', { keyPath: 'unit' })
  db.createObjectStore('records', { keyPath: ['unit', 'id'] })
  db.createObjectStore('incoming', { keyPath: ['unit', 'id'] })
  const ops = db.createObjectStore('ops', { keyPath: ['unit', 'series', 'n'] })
  ops.createIndex('id', 'id', { unique: true })
  ops.createIndex('record', ['unit', 'record'])
  ops.createIndex('queue', ['unit', 'series', 'waiting', 'n'])
  ops.createIndex('waiting', 'waiting')
  db.createObjectStore('drafts', { keyPath: 'key' })
  db.createObjectStore('photos', { keyPath: 'hash' }).createIndex('state', 'state')
  db.createObjectStore('photoBytes')
  db.createObjectStore('receipts', { keyPath: 'id', autoIncrement: true })
  const rows = db.createObjectStore('rows', { keyPath: ['unit', 'id'] })
  rows.createIndex('kind', 'kind')
  rows.createIndex('unitKind', ['unit', 'kind'])
  rows.createIndex('refs', 'refs', { multiEntry: true })
}

/**
 * A transaction that is on the disk when it is done: what is acknowledged to the person survives a dead battery.
 * It spans the stores that any change of a record touches, so that none is ever seen half done.
 */
export function strict (db: Database): Tx {
  return db.transaction(allStores, 'readwrite', { durability: 'strict' }) as Tx
}

/** A transaction that reads one moment of all stores. */
export function snapshot (db: Database): Tx<'readonly'> {
  return db.transaction(allStores, 'readonly') as Tx<'readonly'>
}

/** There is no room on the phone. Nothing was saved. */
export class QuotaError extends Error {
  constructor (cause: unknown) { super('no room is left', { cause }); this.name = 'QuotaError' }
}

/** Runs a strict transaction; what throws in it undoes all of it. */
export async function change<T> (db: Database, run: (tx: Tx) => Promise<T>): Promise<T> {
  const tx = strict(db)
  try {
    const result = await run(tx)
    await tx.done
    return result
  } catch (error) {
    try { tx.abort() } catch { /* it is over already */ }
    await tx.done.catch(() => {})
    throw error instanceof DOMException && error.name === 'QuotaExceededError' ? new QuotaError(error) : error
  }
}

/** All keys of a unit in a store whose keys begin with it. */
export const ofUnit = (unit: string): IDBKeyRange => IDBKeyRange.bound([unit], [unit, []])
