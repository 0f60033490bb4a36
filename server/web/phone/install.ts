// The browser's offer to put the app on the home screen, kept until the person asks for it.

interface Offer extends Event { prompt: () => Promise<unknown> }
let offer: Offer | undefined

addEventListener('beforeinstallprompt', e => {
  e.preventDefault()
  offer = e as Offer
})

export async function takeInstall (): Promise<void> {
  await offer?.prompt()
  offer = undefined
}
