/** Bytes sent of the file under way; kept in memory, because the server knows the true offset. */
import { reactive } from 'vue'

export const sentBytes = reactive(new Map<string, number>())

export const noteProgress = (id: string, sent: number): void => void sentBytes.set(id, sent)

export const forgetProgress = (id: string): void => void sentBytes.delete(id)
