// Signs in, pushes a household and pulls it again, with the client that
// openapi-generator makes of the contract.
import { Configuration, ResponseError, SessionApi, SyncApi, type Op } from './generated'

const { SOTHON_URL: basePath = '', SOTHON_UNIT: unit = '', SOTHON_USER: username = '', SOTHON_PASSWORD: password = '' } = process.env

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

async function main(): Promise<void> {
  const signedOut = new SessionApi(new Configuration({ basePath }))
  const session = await signedOut.signIn({ signInRequest: { username, password, device: { name: 'TypeScript', platform: 'node' } } })
  const sync = new SyncApi(new Configuration({ basePath, accessToken: session.accessToken }))

  const record = '019a0000-0000-7000-8000-000000000001'
  const op: Op = {
    action: 'edit', n: 1, record, kind: 'household', base: 0, at: new Date(),
    set: { code: 'H001', headName: 'Hộ mẫu 001', category: 'poor', phone: null },
  }
  const batch = { device: session.device.id, epoch: session.device.epoch, from: 1, ops: [op] }
  const pushed = await sync.pushBatch({ unit, pushRequest: batch })
  check(pushed.results[0]?.status === 'accepted', `pushed: ${JSON.stringify(pushed.results)}`)
  const again = await sync.pushBatch({ unit, pushRequest: batch })
  check(again.results[0]?.status === 'accepted', `pushed again: ${JSON.stringify(again.results)}`)

  const page = await sync.pullChanges({ unit, after: 0 })
  const change = page.records.find((r) => r.id === record)
  check(change !== undefined && change.change === 'record', `pulled: ${JSON.stringify(page.records)}`)
  check(change.fields['headName'] === 'Hộ mẫu 001', `pulled: ${JSON.stringify(change.fields)}`)
  check(change.created.at instanceof Date && page.seq >= pushed.seq, `pulled up to ${page.seq}`)

  const refused = await new SyncApi(new Configuration({ basePath, accessToken: 'none' })).pullChanges({ unit, after: 0 }).catch((e: unknown) => e)
  check(refused instanceof ResponseError && refused.response.status === 401, `without a token: ${String(refused)}`)
  await new SessionApi(new Configuration({ basePath, accessToken: session.accessToken })).signOut()
}

main().then(() => console.log('TypeScript: signed in, pushed, pulled'), (error: unknown) => {
  console.error(error)
  process.exit(1)
})
