// The list of reports, which the server gives in pages.
import type { components } from '../lib/contract.gen'
import { desk } from './desk.svelte'

type Page = components['schemas']['ReportPage']
export interface Reports { items: Page['items'], next: string } // next: where it goes on, if it does

const most = 1000 // that are read at once

/** Reads reports, the last changed first, from a cursor on. */
export async function readReports (cursor = ''): Promise<Reports> {
  const items: Page['items'] = []
  do {
    const page = await desk.get<Page>('/v1/reports', { limit: '200', cursor })
    items.push(...page.items)
    cursor = page.next ?? ''
  } while (cursor !== '' && items.length < most)
  return { items, next: cursor }
}
