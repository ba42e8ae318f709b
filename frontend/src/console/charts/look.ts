/** How every chart looks: the page's own colours, read where the chart stands, and the parts of an option that all share. */

const TOKENS = {
  line: 'chart-line', pass: 'chart-pass', fail: 'chart-fail', na: 'chart-na',
  text: 'color-text', muted: 'color-text-muted', grid: 'color-line', strong: 'color-line-strong', page: 'color-page', raised: 'color-raised',
} as const

/** Colours by role. Pass, fail and NA differ in lightness too, and never stand without their word. */
export type ChartColours = Record<keyof typeof TOKENS, string>

/** The colours that hold at this place of the page now: light, dark or print. */
export function coloursAt(place: Element): ChartColours {
  const style = getComputedStyle(place)
  const found = Object.entries(TOKENS).map(([role, token]) => [role, style.getPropertyValue(`--${token}`).trim()])
  return Object.fromEntries(found) as ChartColours
}

/** One part of an option. ECharts' own types are wider than what is drawn here. */
export type Drawn = Record<string, unknown>

/** The start of every option: nothing moves. */
export const still = (): Drawn => ({ animation: false })

/** The tooltip's dress; the text is drawn, not written as HTML, so no name in it can run. */
export const tooltip = (colours: ChartColours, more: Drawn): Drawn => ({
  renderMode: 'richText', confine: true, backgroundColor: colours.raised, borderColor: colours.strong, textStyle: { color: colours.text, fontSize: 12, lineHeight: 18 }, ...more,
})

/** An axis of names. */
export const nameAxis = (names: readonly string[], colours: ChartColours, more: Drawn = {}): Drawn => ({
  type: 'category', data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: colours.grid } }, axisLabel: { color: colours.muted, hideOverlap: true }, ...more,
})

/** An axis of rates up to 100 %, from `start` on. */
export const rateAxis = (start: number, colours: ChartColours, more: Drawn = {}): Drawn => ({
  type: 'value', min: start, max: 100, interval: start >= 50 ? 10 : 20, axisLabel: { color: colours.muted, hideOverlap: true }, splitLine: { lineStyle: { color: colours.grid } }, ...more,
})
