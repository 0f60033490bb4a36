/** Shows a dialog over the page. The focus goes back to where it was, however the dialog is closed. */
export function modal (dialog: HTMLDialogElement): () => void {
  const before = document.activeElement as HTMLElement | null
  dialog.showModal()
  return () => { if (document.activeElement === document.body) before?.focus({ preventScroll: true }) }
}
