// A page that has the library and nothing else, for tests of it in a real browser.
import * as book from '../../../lib/book'
import * as carry from '../../../lib/carry'
import * as drafts from '../../../lib/drafts'
import * as files from '../../../lib/files'
import * as fold from '../../../lib/fold'
import * as ids from '../../../lib/ids'
import * as outbox from '../../../lib/outbox'
import * as people from '../../../lib/people'
import * as registry from '../../../lib/registry'
import * as finding from '../../../lib/search'
import * as status from '../../../lib/status'
import * as storage from '../../../lib/storage'
import * as sync from '../../../lib/sync'
import * as unsent from '../../../lib/unsent'
import * as view from '../../../lib/view'
import * as register from '../../../sw/register'

Object.assign(globalThis, {
  lib: { ...book, ...carry, ...drafts, ...files, ...fold, ...ids, ...outbox, ...people, ...registry, ...finding, ...status, ...storage, ...sync, ...unsent, ...view, ...register },
})
