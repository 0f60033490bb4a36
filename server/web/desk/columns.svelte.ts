// Which columns a list has: those of its kind, or those that were chosen on this machine.
import type { Form } from '../lib/contract'
import { columns } from './values'

const name = 'sothon-desk-columns'
const none = ['kind', 'date', 'title', 'unit']

function read (): Record<string, string[]> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(name) ?? '{}')
    if (kept === null || typeof kept !== 'object') return {}
    return Object.fromEntries(Object.entries(kept).filter(([, list]) => Array.isArray(list) && list.every(c => typeof c === 'string'))) as Record<string, string[]>
  } catch { return {} }
}

class Columns {
  private chosen = $state.raw(read())

  own (kind: string): string[] { return columns[kind] ?? none }

  /** What fits a row: no long text or list, and nothing that is sensitive. */
  offered (kind: string, form: Form | undefined): string[] {
    const fields = (form?.fields ?? []).filter(f => !['longText', 'list', 'hashes'].includes(f.type) && !f.sensitive).map(f => f.name)
    return [...new Set([...this.own(kind), 'title', ...fields, 'unit', 'updated'])]
  }

  of (kind: string, form: Form | undefined): string[] {
    const offered = this.offered(kind, form)
    const list = (this.chosen[kind] ?? []).filter(c => offered.includes(c))
    return list.length > 0 ? list : this.own(kind)
  }

  /** Keeps the choice; an empty one goes back to the kind's own columns. */
  choose (kind: string, list: string[]): void {
    const { [kind]: _, ...rest } = this.chosen
    this.chosen = list.length > 0 ? { ...rest, [kind]: list } : rest
    localStorage.setItem(name, JSON.stringify(this.chosen))
  }
}

export const columnsOf = new Columns()
