// What the charts share.
import type { components } from '../../lib/contract.gen'

export type Counts = components['schemas']['Counts']
export type Point = components['schemas']['ChartPoint']

/** A click on a bar opens its records, on a part of one (`data-part`) those of the part. A picture has no focusable parts: for the keyboard the table has the same links. */
export function opens (open: (key: string, part?: number) => void): (svg: SVGElement) => () => void {
  return svg => {
    const click = (e: Event): void => {
      const at = e.target as Element
      const key = at.closest('[data-key]')?.getAttribute('data-key'), part = at.closest('[data-part]')?.getAttribute('data-part')
      if (key === undefined || key === null) return
      if (part === undefined || part === null) open(key)
      else open(key, Number(part))
    }
    svg.addEventListener('click', click)
    return () => { svg.removeEventListener('click', click) }
  }
}

/** The last day of a month YYYY-MM. */
export function monthEnd (month: string): string {
  const [y, m] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(y, m, 0)).toISOString().slice(0, 10)
}
