// What the address asks of the list of records: as the server understands it, and in words.
import type { components } from '../../../lib/contract.gen'
import { formatDay } from '../../../lib/days'
import { columnsOf } from '../../columns.svelte'
import { desk } from '../../desk.svelte'
import { route } from '../../route.svelte'
import { vi } from '../../vi'
import { vi as own } from '../records.vi'

type Campaigns = components['schemas']['CampaignPage']['items']

/** Every kind, in the address. */
export const all = 'tat-ca'
/** The states that figures count, in the address. */
export const counted = 'tinh'
const sorts = ['date', '-date', 'name', '-name', 'amount', '-amount', 'updated', '-updated', 'han', '-han']
/** What a row can be marked with beside the state of its review. */
export const marks: [string, string][] = [['mau-thuan', vi.conflict], ['sua-sau', vi.stale], ['ghi-sau', vi.late], ['sau-ngay-cuoi', vi.afterEnd]]

export class Asked {
  kind = $derived(route.get('loai') === all ? '' : route.get('loai') || (route.get('q') ? '' : 'gift'))
  form = $derived(desk.form(this.kind))
  columns = $derived(columnsOf.of(this.kind, this.form))
  /** What the kind is called; nothing where every kind is listed. */
  name = $derived(this.kind ? vi.kinds[this.kind] ?? this.form?.label ?? this.kind : '')
  withPhotos = $derived(this.form?.fields.some(f => f.type === 'hashes') ?? false)
  signable = $derived(this.form?.fields.some(f => f.name === 'signedFor') ?? false)
  /** The fields of the kind that have a filter of their own. */
  fields = $derived((this.form?.fields ?? []).filter(f => f.filter && f.type === 'choice'))
  /** The order, as the address has it. */
  sort = $derived(sorts.includes(route.get('sap')) ? route.get('sap') : this.kind === 'household' ? 'name' : '-date')
  private signed = $derived(this.signable ? ({ 'da-ky': 'signedFor:true', 'chua-ky': '!signedFor:true' } as Record<string, string>)[route.get('ky-nhan')] ?? '' : '')

  /** The rows that are wanted, in their order. */
  rows = $derived({
    kind: this.kind, unit: route.get('thon'), state: route.get('trang-thai') === counted ? ['pending', 'approved'] : route.get('trang-thai'), q: route.get('q'), from: route.get('tu'), to: route.get('den'),
    conflict: route.get('mau-thuan'), stale: route.get('sua-sau'), late: route.get('ghi-sau'), ref: route.get('cua'), photos: this.withPhotos ? route.get('anh') : '',
    afterEnd: route.get('sau-ngay-cuoi'), due: this.kind === 'petition' ? route.get('han') : '', entitled: this.kind === 'household' ? route.get('con-dien') : '',
    where: [...this.fields.map(f => (route.get(f.name) ? `${f.name}:${route.get(f.name)}` : '')), this.signed], sort: this.sort.replace('han', 'due'),
  })
  /** One page of them. */
  page = $derived({ ...this.rows, totals: 'true', received: this.kind === 'household' && this.columns.includes('lastGift') ? 'true' : '', limit: '100', cursor: route.get('trang') })

  /** Whether the money of the rows makes a sum: not that of several kinds, nor what came in and what went out. */
  addsUp = $derived(this.kind !== '' && (this.kind !== 'fund' || route.get('direction') !== ''))

  private filters = $derived(['thon', 'trang-thai', ...this.fields.map(f => f.name), 'anh', 'ky-nhan', 'han', 'con-dien', 'cua', ...marks.map(([m]) => m), 'tu', 'den'])
  filterCount = $derived(this.filters.filter(n => route.get(n) !== '').length)
  /** The state of the review, or the mark, that is chosen. */
  state = $derived(marks.find(([m]) => route.get(m) !== '')?.[0] ?? route.get('trang-thai'))

  /** The campaigns to choose from: read when somebody wants to choose, or when the address names one. */
  campaigns = $state.raw<Campaigns | undefined>()
  campaign (id: string): Campaigns[number] | undefined { return this.campaigns?.find(c => campaignId(c) === id) }
  readCampaigns (): void {
    if (this.campaigns || !desk.may('listCampaigns')) return
    this.campaigns = []
    void desk.get<components['schemas']['CampaignPage']>('/v1/campaigns', { limit: '50' }).then(p => { this.campaigns = p.items }, () => { this.campaigns = undefined })
  }

  /** The filters in words. */
  words = $derived([
    route.get('thon') && desk.unitName(route.get('thon')), vi.states[route.get('trang-thai')] ?? (route.get('trang-thai') === counted && own.counted),
    this.withPhotos && ({ some: own.somePhotos, none: own.noPhotos } as Record<string, string>)[route.get('anh')], this.signed && (this.signed.startsWith('!') ? own.notSigned : own.isSigned),
    own.dues[this.rows.due], this.rows.entitled && (this.rows.entitled === 'ended' ? own.entitledBefore : own.entitledNow),
    route.get('cua') && (this.campaign(route.get('cua'))?.record.title ?? own.thisOne), ...this.fields.map(f => f.options?.find(o => o.value === route.get(f.name))?.label),
    route.get('tu') && `${vi.from.toLowerCase()} ${formatDay(route.get('tu'))}`, route.get('den') && `${vi.to.toLowerCase()} ${formatDay(route.get('den'))}`,
    route.get('q') && `“${route.get('q')}”`, ...marks.map(([m, text]) => route.get(m) && text),
  ].filter(t => t).join(', '))

  /** The list of the kind, without filters. */
  clear (): void { route.go('so', { loai: this.kind || all }) }
}

export const campaignId = (c: Campaigns[number]): string => `${c.record.unit}/${c.record.id}`
