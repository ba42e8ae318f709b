/** Short notices at the top of the page: what was done, and what went wrong. */
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/es/components/message/style/css'
import { problemText } from '@/shared/problemText'

export const reportFailure = (error: unknown): void => void ElMessage({ type: 'error', message: problemText(error), duration: 6000, showClose: true })
export const reportRefusal = (message: string): void => void ElMessage({ type: 'warning', message, duration: 6000, showClose: true })
export const reportDone = (message: string): void => void ElMessage({ type: 'success', message, duration: 2500 })

/** Runs a step, says so when it worked or failed, and answers whether it worked. */
export async function attempt(step: () => Promise<unknown>, done = ''): Promise<boolean> {
  try {
    await step()
    if (done) reportDone(done)
    return true
  } catch (error) {
    reportFailure(error)
    return false
  }
}
