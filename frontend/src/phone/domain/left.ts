/** How much of some files has not left the phone: their sizes less what of the one under way is sent. */
export interface Left {
  count: number
  bytes: number
}

export const leftOf = (files: readonly { id: string; size: number }[], sent: ReadonlyMap<string, number>): Left => ({
  count: files.length,
  bytes: files.reduce((sum, { id, size }) => sum + Math.max(0, size - (sent.get(id) ?? 0)), 0),
})
