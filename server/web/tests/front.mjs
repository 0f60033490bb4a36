// Stands between a browser and the server: serves a built app as the server does, passes the API on, and makes the
// weather: lost requests, lost answers, a link that is slow for pages and service workers alike.
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp', '.webmanifest': 'application/manifest+json' }

export const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "frame-src blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html sothon-worker"

export class Front {
  /** app: the folder of a build, absent where the server's own is passed on; base: where it is served; to: the server's address. */
  static async start ({ app, base = '/m/', to, port = 0 }) {
    const front = new Front()
    Object.assign(front, { app, base, to, requests: [], weather: () => 'fine', instead: () => undefined, sockets: new Set() })
    front.http = http.createServer((request, response) => { front.answer(request, response).catch(() => response.destroy()) })
    front.http.on('connection', socket => { front.sockets.add(socket); socket.on('close', () => front.sockets.delete(socket)) })
    await new Promise(resolve => front.http.listen(port, '127.0.0.1', resolve))
    front.port = front.http.address().port
    front.url = `http://127.0.0.1:${front.port}`
    return front
  }

  async answer (request, response) {
    const url = new URL(request.url, this.url)
    if (this.app && request.method === 'GET' && url.pathname.startsWith(this.base)) return this.file(url.pathname.slice(this.base.length), response)
    const body = await new Promise((resolve, reject) => {
      const parts = []
      request.on('data', part => parts.push(part)).on('end', () => resolve(Buffer.concat(parts))).on('error', reject)
    })
    const weather = this.weather({ method: request.method, path: url.pathname, query: url.searchParams, body })
    this.requests.push({ method: request.method, path: url.pathname, query: url.searchParams, weather, bytes: body.length })
    if (weather === 'lost') return request.socket.destroy()
    // What a server would say that no test can wait for: { status, body }, or the answer changed by { edit }.
    const instead = this.instead({ method: request.method, path: url.pathname })
    if (instead?.status) return response.writeHead(instead.status, { 'Content-Type': instead.status < 400 ? 'application/json' : 'application/problem+json' }).end(JSON.stringify(instead.body))
    if (instead?.edit) delete request.headers['accept-encoding']
    const pass = async () => await new Promise((resolve, reject) => {
      const out = http.request(this.to + request.url, { method: request.method, headers: { ...request.headers, host: new URL(this.to).host } }, resolve)
      out.on('error', reject)
      out.end(body)
    })
    if (weather === 'doubled') (await pass()).resume()
    const answer = await pass()
    if (weather === 'answer-lost') {
      answer.resume()
      return request.socket.destroy()
    }
    if (instead?.edit && answer.statusCode === 200) {
      let text = ''
      for await (const part of answer.setEncoding('utf8')) text += part
      return response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(instead.edit(JSON.parse(text))))
    }
    response.writeHead(answer.statusCode, answer.headers)
    if (weather === 'answer-cut') {
      answer.once('data', part => { response.write(part.subarray(0, Math.ceil(part.length / 2))); setTimeout(() => request.socket.destroy(), 20) })
      return
    }
    answer.pipe(response)
  }

  file (name, response) {
    const file = path.join(this.app, name && path.extname(name) ? path.normalize(name).replace(/^(\.\.\/)+/, '') : 'index.html')
    if (!fs.existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, {
      'Content-Type': types[path.extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': policy,
      'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache', 'X-Content-Type-Options': 'nosniff',
    })
    response.end(fs.readFileSync(file))
  }

  /** Cuts the link: connections break and new ones are refused, until up(). */
  async down () {
    for (const socket of this.sockets) socket.destroy()
    await new Promise(resolve => this.http.close(resolve))
  }

  async up () { await new Promise(resolve => this.http.listen(this.port, '127.0.0.1', resolve)) }

  async stop () { if (this.http.listening) await this.down() }
}

/** A TCP link with a latency and a bandwidth, in kbit/s, shared by all its connections. */
export async function slowLink (to, { rttMs, downKbps, upKbps }) {
  const lane = kbps => {
    let free = 0
    return bytes => {
      free = Math.max(free, Date.now()) + bytes * 8 / kbps
      return free - Date.now() + rttMs / 2
    }
  }
  const down = lane(downKbps), up = lane(upKbps)
  const pipe = (from, into, delay) => {
    from.on('data', data => {
      for (let i = 0; i < data.length; i += 1400) {
        const part = data.subarray(i, i + 1400)
        setTimeout(() => { if (!into.destroyed) into.write(part) }, delay(part.length))
      }
    })
    from.on('close', () => setTimeout(() => into.destroy(), delay(0) + 5))
    from.on('error', () => into.destroy())
  }
  const sockets = new Set()
  const link = net.createServer(client => {
    const server = net.connect(to, '127.0.0.1')
    for (const socket of [client, server]) sockets.add(socket)
    pipe(client, server, up)
    pipe(server, client, down)
  })
  await new Promise(resolve => link.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${link.address().port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => link.close(resolve))
    },
  }
}
