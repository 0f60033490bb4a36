/** The ids of the help and the error that stand under a control, for its aria-describedby. */
export function described (id: string, help: string | undefined, error: string | undefined): string | undefined {
  const ids = [error ? `${id}-error` : '', help ? `${id}-help` : ''].filter(part => part !== '').join(' ')
  return ids === '' ? undefined : ids
}
