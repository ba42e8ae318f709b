/** Light or dark: follows the device until the person chooses, and keeps the choice on this device. */
import { ref, watch } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'

const KEY = 'mingcha.theme'
const darkDevice = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : null

const stored = (): ThemeChoice => {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : 'system'
}

/** The person's choice; assign to it to change the theme. */
export const themeChoice = ref<ThemeChoice>(stored())

/** Dark whatever was chosen, while this is true. */
export const alwaysDark = ref(false)

/** True while the dark theme is shown. */
export const isDark = ref(false)

const apply = (): void => {
  isDark.value = alwaysDark.value || themeChoice.value === 'dark' || (themeChoice.value === 'system' && (darkDevice?.matches ?? false))
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light'
  // Element Plus listens to this class, our own tokens to data-theme.
  document.documentElement.classList.toggle('dark', isDark.value)
}

/** Applies the theme and keeps following device and choice; call once per app before mounting. */
export function startTheme(): void {
  apply()
  darkDevice?.addEventListener('change', apply)
  watch(alwaysDark, apply)
  watch(themeChoice, (choice) => {
    localStorage.setItem(KEY, choice)
    apply()
  })
}
