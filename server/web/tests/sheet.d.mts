export function zip (parts: Record<string, string | Buffer>, stored?: string[]): Uint8Array
export function rels (...targets: string[]): string
export const book: Record<string, string>
