/** The aria attributes of a control whose help and error stand under it. */
export function described (id: string, help: string | undefined, error: string | undefined): { 'aria-describedby': string | undefined, 'aria-invalid': 'true' | undefined } {
  const ids = [error ? `${id}-error` : '', help ? `${id}-help` : ''].filter(part => part !== '').join(' ')
  return { 'aria-describedby': ids === '' ? undefined : ids, 'aria-invalid': error ? 'true' : undefined }
}
