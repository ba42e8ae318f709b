/** Takes each part of Element Plus from its own file, with its style: the package's list of all parts would come whole. */
import type { ComponentResolver } from 'unplugin-vue-components/types'

// Parts that live in another's folder under a name of their own; others share its beginning, as `radio-button` does.
const HOMES: Record<string, string> = { option: 'select', 'option-group': 'select' }
const SHARED = /^(button|dropdown|form|radio|checkbox)-\w+$/

const folderOf = (part: string): string => HOMES[part] ?? SHARED.exec(part)?.[1] ?? part

/** Without styles where nothing is drawn, as in tests. */
export function elements(hasStyles: boolean): ComponentResolver {
  return {
    type: 'component',
    resolve(name) {
      if (!/^El[A-Z]/.test(name)) return undefined
      const part = name.slice(2).replace(/\B[A-Z]/g, '-$&').toLowerCase()
      const at = 'element-plus/es/components'
      return { name, from: `${at}/${folderOf(part)}/index.mjs`, sideEffects: hasStyles ? `${at}/${part}/style/css` : undefined }
    },
  }
}
