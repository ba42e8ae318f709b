/** Where the app runs, as far as it matters for keeping work: installed, in a tab, or inside another app's browser. */

export type Place = 'installed' | 'wechat' | 'ios' | 'offered' | 'online-only' | 'tab'

export interface Surroundings {
  userAgent: string
  /** Tells an iPad that calls itself a Mac from a Mac. */
  touchPoints: number
  isStandalone: boolean
  keepsItself: boolean
  isOffered: boolean
}

const isApple = ({ userAgent, touchPoints }: Surroundings): boolean =>
  /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && touchPoints > 1)

/** The most important thing to say comes first: WeChat's browser takes nothing along, whatever else it can do. */
export function placeOf(around: Surroundings): Place {
  if (around.isStandalone) return 'installed'
  if (around.userAgent.includes('MicroMessenger')) return 'wechat'
  if (!around.keepsItself) return 'online-only'
  if (isApple(around)) return 'ios'
  return around.isOffered ? 'offered' : 'tab'
}
