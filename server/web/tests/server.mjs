// The real server on a database of its own, with a commune, two villages and people. The database is SQLite, or where
// SOTHON_TEST_DB is the address of a MongoDB, a new one there.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { binary } from './build-server.mjs'

export const password = 'mat-khau-mau-2026'

function databaseIn (dir) {
  if (!process.env.SOTHON_TEST_DB) return `sqlite:${path.join(dir, 'sothon.db')}`
  const mongo = new URL(process.env.SOTHON_TEST_DB)
  mongo.pathname = `/${path.basename(dir)}`
  return mongo.href
}

export class Server {
  static async start (options = {}) {
    const server = new Server()
    server.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-test-'))
    server.port = options.port ?? 0
    server.flags = options.flags ?? []
    server.db = databaseIn(server.dir)
    server.commune = server.unit('-code', '21124', '-name', 'Xã mẫu', '-valid-from', '2025-07-01')
    server.villages = [1, 2].map(n => server.unit('-code', `21124-0${n}`, '-name', `Thôn mẫu ${n}`, '-valid-from', '2025-07-01', '-parent', server.commune))
    server.users = {
      truongthon: server.user('truongthon', 'Nguyễn Văn Mẫu', 'collector', server.villages[0]),
      mattran: server.user('mattran', 'Trần Thị Mẫu', 'collector', server.villages[0]),
      canbo: server.user('canbo', 'Lê Cán Bộ Mẫu', 'reviewer', server.commune),
      kiemtoan: server.user('kiemtoan', 'Phạm Kiểm Mẫu', 'auditor', server.commune),
    }
    await server.up()
    return server
  }

  cli (args, input) {
    return execFileSync(binary, args, { cwd: this.dir, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] }).trim()
  }

  unit (...flags) { return this.cli(['unit', 'add', '-db', this.db, ...flags]) }

  user (username, name, role, units) {
    return this.cli(['user', 'add', '-db', this.db, '-username', username, '-name', name, '-role', role, '-unit', units, '-password-stdin'], password)
  }

  /** Starts the server. On its first start it takes a port that is free, and keeps it. */
  async up () {
    const from = this.log === undefined ? 0 : this.logged().length
    this.log = fs.openSync(path.join(this.dir, 'log'), 'a')
    this.process = spawn(binary, ['-db', this.db, '-listen', `127.0.0.1:${this.port}`, '-drain', '1s', ...this.flags], { cwd: this.dir, stdio: ['ignore', this.log, this.log] })
    for (let i = 0; i < 600; i++) {
      if (this.process.exitCode !== null) break
      // Its own word, so that no other server that took the port meanwhile is mistaken for it.
      const serving = this.logged().slice(from).match(/"?msg"?[=:]"?serving"?.*?127\.0\.0\.1:(\d+)/)
      if (serving) {
        this.port = Number(serving[1])
        this.url = `http://127.0.0.1:${this.port}`
        if ((await fetch(`${this.url}/readyz`)).ok) return
      }
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error(`the server did not start:\n${this.logged()}`)
  }

  logged () { return fs.readFileSync(path.join(this.dir, 'log'), 'utf8') }

  async down (signal = 'SIGTERM') {
    if (this.process.exitCode === null) {
      const gone = new Promise(resolve => this.process.once('exit', resolve))
      this.process.kill(signal)
      await gone
    }
    fs.closeSync(this.log)
  }

  /** Copies the database as a backup would, the server being down; of SQLite only. */
  backup () {
    const to = fs.mkdtempSync(path.join(os.tmpdir(), 'sothon-backup-'))
    for (const f of fs.readdirSync(this.dir)) if (f.startsWith('sothon.db')) fs.copyFileSync(path.join(this.dir, f), path.join(to, f))
    return to
  }

  restore (from) {
    for (const f of fs.readdirSync(this.dir)) if (f.startsWith('sothon.db')) fs.rmSync(path.join(this.dir, f))
    for (const f of fs.readdirSync(from)) fs.copyFileSync(path.join(from, f), path.join(this.dir, f))
  }

  async stop () {
    await this.down('SIGKILL')
    fs.rmSync(this.dir, { recursive: true, force: true })
  }
}
