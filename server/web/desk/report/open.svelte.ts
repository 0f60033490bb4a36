// The report that is open: what the server has of it, what is under way, and what was typed and is not saved yet.
import type { components } from '../../lib/contract.gen'
import { keepDraft } from '../../lib/drafts'
import { formatMoney } from '../../lib/money'
import { ApiError, OfflineError } from '../../lib/problem'
import { desk, type Undo } from '../desk.svelte'
import { live } from '../live.svelte'
import { when } from '../values'
import { words } from './words'

type Schemas = components['schemas']
export type Report = Schemas['Report']
export type Section = Schemas['ReportSection']
/** A number of the report, wherever it stands in it. */
export interface Told { id: string, label: string, unit: string, value: number, touched: boolean }
/** A number that is another now; one that the report has no more has no `now`. */
export interface Changed { id: string, label: string, unit: string, was: number, now: number | undefined }

/** A text that is being written. */
interface Typed {
  text: string
  /** The version of the section on which it rests, and the text that stood there. */
  version: number
  was: string
  at: string
}

const kind = 'report-section' // of a draft; no record is of that kind

/** What the server makes of a text before it keeps it. */
const tidy = (text: string): string => text.normalize('NFC').trim()

export class OpenReport {
  report = $state.raw<Report | undefined>()
  /** The sentence about what went wrong last. */
  error = $state('')
  /** What is under way: a key of words.busy. One thing at a time. */
  busy = $state('')
  asking = $state(false)
  /** Nobody knows whether the report was issued. */
  unsure = $state(false)
  typed = $state.raw<Record<string, Typed>>({})
  /** Which of it is on this machine's disk, by when it was typed. */
  private stored = $state.raw<Record<string, string>>({})
  changed = $state.raw<Changed[] | undefined>()

  constructor (readonly id: string) {}

  get path (): string { return `/v1/reports/${this.id}` }
  get open (): boolean { return this.report?.state === 'draft' || this.report?.state === 'submitted' }
  get writable (): boolean { return this.report?.state === 'draft' && desk.may('writeReport') }
  get issued (): boolean { return this.report?.approval !== undefined && this.report.state !== 'withdrawn' }
  get number (): string { return this.report?.approval ? numberOf(this.report.approval.number, this.report.approval.symbol) : '' }
  get expected (): string { return this.report?.nextNumber ? numberOf(this.report.nextNumber, this.report.content.letter.symbol) : '' }
  get stale (): Section[] { return this.report?.content.sections.filter(s => (s.stale ?? []).length > 0) ?? [] }
  get unsaved (): Section[] { return this.report?.content.sections.filter(s => this.typed[s.id]) ?? [] }

  section (id: string): Section | undefined { return this.report?.content.sections.find(s => s.id === id) }
  name (s: Section): string { return s.title || (words.sections[s.id] ?? s.id) }
  numbers: Map<string, Told> = $derived(numbersOf(this.report))

  /** Sections that nobody has written and that say nothing by themselves. */
  get unwritten (): Section[] {
    const all = this.report?.content.sections ?? []
    return all.filter((s, i) => s.level > 0 && s.text === '' && !s.edited && !s.optional && (all[i + 1]?.level ?? 0) <= s.level)
  }

  /** The step at which the report's page begins: the first that is not done. */
  get begins (): string {
    const r = this.report
    if (!r) return ''
    if (r.state === 'submitted') return desk.may('approveReport') ? 'ky' : 'trinh-ky'
    if (r.state === 'signing') return 'ky'
    if (r.approval) return desk.may('listReportDeliveries') ? 'gui' : 'so-lieu'
    if (!r.edits?.length && !r.submitted) return 'so-lieu'
    return this.stale.length > 0 || this.unsaved.length > 0 || this.unwritten.length > 0 || r.returned || r.recalled ? 'loi-van' : 'trinh-ky'
  }

  lastBy (section: string): string {
    const edit = this.report?.edits?.find(e => e.section === section && !e.heading)
    return edit ? words.lastBy(edit.by.name, when(edit.at)) : ''
  }

  async begin (): Promise<void> {
    await this.read()
    const kept = (await desk.book!.db.getAll('drafts')).filter(d => d.kind === kind && d.record === this.id)
    this.typed = Object.fromEntries(kept.map(d => [String(d.set.section), { text: String(d.set.text), version: d.base, was: String(d.set.was), at: d.changedAt }]))
    this.stored = Object.fromEntries(kept.map(d => [String(d.set.section), d.changedAt]))
    this.settle()
  }

  async read (): Promise<void> {
    try {
      this.take(await desk.get<Report>(this.path))
      this.error = ''
    } catch (e) { this.error = desk.sentence(e) }
  }

  take (report: Report): void {
    if (this.report && this.report.state !== report.state) live.askSoon()
    this.report = report
    this.settle()
  }

  /** Forgets what was typed and is there by now. */
  private settle (): void {
    for (const s of this.report?.content.sections ?? []) {
      const t = this.typed[s.id]
      if (t && tidy(t.text) === tidy(s.text)) void this.forget(s.id)
    }
  }

  text (s: Section): string { return this.typed[s.id]?.text ?? s.text }

  /** Whether somebody changed the section under what is being typed. */
  clash (s: Section): boolean {
    const t = this.typed[s.id]
    return t !== undefined && (t.version !== (s.version ?? 0) || tidy(t.was) !== tidy(s.text))
  }

  /** Keeps each letter in the browser. */
  async type (s: Section, text: string): Promise<void> {
    const before = this.typed[s.id]
    if (text === s.text && !this.clash(s)) { await this.forget(s.id); return }
    const t: Typed = { text, version: before?.version ?? s.version ?? 0, was: before?.was ?? s.text, at: desk.book!.stamp() }
    this.typed = { ...this.typed, [s.id]: t }
    await keepDraft(desk.book!, {
      key: this.key(s.id), unit: this.report!.unit, kind, record: this.id, isNew: true, base: t.version,
      set: { section: s.id, text: t.text, was: t.was }, openedAt: before?.at ?? t.at, changedAt: t.at,
    })
    this.stored = { ...this.stored, [s.id]: t.at }
  }

  /** Whether all that was typed in a section outlives this page. */
  kept (section: string): boolean { return this.typed[section] !== undefined && this.stored[section] === this.typed[section].at }

  async forget (section: string): Promise<void> {
    const { [section]: _, ...rest } = this.typed
    this.typed = rest
    await desk.book!.db.delete('drafts', this.key(section))
  }

  private key (section: string): string { return `${kind}/${this.id}/${section}` }

  /** Saves a section, unless somebody changed it meanwhile; null takes the compiled text. */
  async save (s: Section, text: string | null, said: string, undo?: Undo): Promise<boolean> {
    const version = this.typed[s.id]?.version ?? s.version ?? 0
    return await this.act('save', async () => {
      this.report = await desk.post<Report>(this.path, { sectionVersions: { [s.id]: version }, sections: { [s.id]: text } }, 'PATCH')
      const t = this.typed[s.id], now = this.section(s.id)!
      if (t && (text === null || t.text === text)) await this.forget(s.id)
      else if (t) { // typed on while it was being saved
        this.typed = { ...this.typed, [s.id]: { ...t, version: now.version ?? 0, was: now.text } }
        await this.type(now, t.text)
      }
    }, said, undo)
  }

  /** Saves a section as it was before, as an undo does: what stood in its way, or "". */
  async putBack (section: string, text: string | null): Promise<string> {
    return await this.save(this.section(section)!, text, '') ? '' : this.error || words.notBack
  }

  /** Saves titles and the subject, unless somebody changed one since a version; null takes the compiled one. */
  async saveHeadings (version: number, headings: Record<string, string | null>): Promise<boolean> {
    return await this.act('save', async () => {
      this.take((await desk.post<Report>(this.path, { headingsVersion: version, headings }, 'PATCH'))!)
    }, words.headings.saved)
  }

  /** Puts the text that is being typed in the place of the other, which was seen. */
  async keepMine (s: Section): Promise<boolean> {
    const t = this.typed[s.id]!
    this.typed = { ...this.typed, [s.id]: { ...t, version: s.version ?? 0, was: s.text } }
    return await this.save(s, t.text, words.saved)
  }

  /** Does one thing at a time. Where its answer was lost, or somebody was faster, the report is read again. */
  async act (what: string, run: () => Promise<unknown>, said = '', undo?: Undo): Promise<boolean> {
    if (this.busy) return false
    this.busy = what
    this.error = ''
    try {
      await run()
      if (said) desk.say(said, undo)
      return true
    } catch (e) {
      const sentence = e instanceof OfflineError ? words.unknown : isRace(e) ? words.moved : desk.sentence(e)
      if ((e instanceof OfflineError || isRace(e)) && !await this.ask()) this.error = desk.sentence(e)
      else this.error = e instanceof ApiError && e.code === 'section-conflict' ? '' : sentence // the section itself shows both texts
      return false
    } finally {
      this.busy = ''
    }
  }

  /** Reads the report until the server answers and no approval is under way any more. */
  async ask (): Promise<boolean> {
    this.asking = true
    try {
      for (let i = 0; i < 12; i++) {
        try {
          this.take(await desk.get<Report>(this.path))
          if (this.report!.state !== 'signing') return true
        } catch (e) { if (!(e instanceof OfflineError)) { this.error = desk.sentence(e); return false } }
        await new Promise(resolve => setTimeout(resolve, Math.min(500 * 2 ** i, 8_000)))
      }
      return false
    } finally {
      this.asking = false
    }
  }

  /** Signs once. A lost answer is asked for: it may have been issued. */
  async sign (signature: Record<string, unknown>): Promise<boolean> {
    if (this.busy) return false
    this.busy = 'sign'
    this.error = ''
    try {
      this.take((await desk.post<Report>(`${this.path}/approve`, { version: this.report!.version, ...signature }))!)
    } catch (e) {
      if (!(e instanceof OfflineError) && !isRace(e)) { this.error = desk.sentence(e); return false }
      await this.askWhetherIssued(e)
    } finally {
      this.busy = ''
    }
    if (!this.report?.approval) return false
    desk.say(words.issued(this.report.approval.number))
    return true
  }

  async askWhetherIssued (because?: unknown): Promise<void> {
    this.unsure = !await this.ask()
    if (this.unsure) this.error = words.askedInVain
    else if (this.report?.approval) { this.error = ''; if (!this.busy) desk.say(words.issued(this.report.approval.number)) }
    else this.error = because instanceof ApiError && because.code === 'version-conflict' ? words.moved : words.notIssued
  }

  /** Counts again, and tells which numbers are others now. */
  async recount (asOf: string): Promise<void> {
    const before = this.numbers
    await this.act('compile', async () => {
      this.take((await desk.post<Report>(`${this.path}/recompile`, { version: this.report!.version, ...(asOf ? { asOf } : {}) }))!)
      const now = this.numbers
      this.changed = [
        ...[...now.values()].filter(n => (before.get(n.id)?.value ?? 0) !== n.value).map(n => ({ id: n.id, label: n.label, unit: n.unit, was: before.get(n.id)?.value ?? 0, now: n.value })),
        ...[...before.values()].filter(n => n.value !== 0 && !now.has(n.id)).map(n => ({ id: n.id, label: n.label, unit: n.unit, was: n.value, now: undefined })),
      ]
      desk.say(words.recounted(this.changed.length))
    })
  }

  async file (format: string): Promise<{ blob: Blob, name: string }> {
    const response = await desk.book!.api.send('GET', `${this.path}/file.${format}`, { timeout: 120_000 })
    const name = /filename="?([^";]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? `bao-cao.${format}`
    return { blob: await response.blob(), name }
  }

  async download (format: string): Promise<void> {
    await this.act('file', async () => {
      const { blob, name } = await this.file(format)
      const a = document.createElement('a')
      a.href = URL.createObjectURL(blob)
      a.download = name
      a.click()
      setTimeout(() => { URL.revokeObjectURL(a.href) }, 60_000)
    })
  }
}

/** The errors of a request that somebody else's was faster than. */
function isRace (e: unknown): boolean {
  return e instanceof ApiError && ['version-conflict', 'section-conflict', 'report-state', 'report-signing'].includes(e.code)
}

export const numberOf = (n: number, symbol: string): string => `${String(n).padStart(2, '0')}/${symbol}`

/** A value with its unit, as reports write it. */
export const amount = (value: number, unit: string): string => `${formatMoney(value)} ${unit === 'đ' ? 'đồng' : unit}`.trim()

function numbersOf (report: Report | undefined): Map<string, Told> {
  const all = new Map<string, Told>()
  const add = (n: Told): void => { if (!all.has(n.id)) all.set(n.id, n) }
  for (const f of [...report?.content.figures ?? [], ...report?.content.details ?? []]) add({ id: f.id, label: f.label, unit: f.unit, value: f.value, touched: f.touched })
  for (const t of report?.content.tables ?? []) {
    for (const row of t.rows) {
      row.cells.forEach((cell, i) => {
        const column = t.columns[i]!
        if (cell.figure && !cell.empty) add({ id: cell.figure, label: `${[column.group, column.title].filter(x => x).join(' ')}, ${row.label}`, unit: column.unit, value: cell.value, touched: cell.touched ?? false })
      })
    }
  }
  return all
}
