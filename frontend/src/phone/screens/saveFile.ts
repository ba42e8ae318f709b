/** Hands a file to the browser's own downloads. */

const PATIENCE_MS = 60_000

export function saveFile(file: File): void {
  const address = URL.createObjectURL(file)
  Object.assign(document.createElement('a'), { href: address, download: file.name }).click()
  setTimeout(() => URL.revokeObjectURL(address), PATIENCE_MS)
}
