/** A chart as a picture that stands by itself: its title and what it is about above, its formula below. */

export interface Caption {
  title: string
  /** Wave, n and whatever else says what is drawn. */
  facts: string
  formula: string
}

interface Dress {
  page: string
  text: string
  muted: string
  font: string
}

const SCALE = 2
const EDGE = 24
const LINE = 20
const TITLE_LINE = 26

/** Breaks a text into lines no wider than `width`: between words, and anywhere between Chinese signs. */
export function wrapped(text: string, width: number, measure: (part: string) => number): string[] {
  const pieces = text.match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+\s*|\s+/g) ?? []
  const lines: string[] = []
  let line = ''
  for (const piece of pieces) {
    if (line && measure((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = piece.trimStart()
    } else {
      line += piece
    }
  }
  return line.trim() ? [...lines, line.trimEnd()] : lines
}

/** A file's name out of a title. */
export const pictureName = (title: string): string => `${title.replace(/[\\/:*?"<>|\s]+/g, '-')}.png`

function dressOf(place: Element): Dress {
  const style = getComputedStyle(place)
  const token = (name: string): string => style.getPropertyValue(`--color-${name}`).trim()
  return { page: token('page'), text: token('text'), muted: token('text-muted'), font: style.fontFamily }
}

interface Words {
  text: string
  font: string
  colour: string
  height: number
}

function linesOf(context: CanvasRenderingContext2D, texts: Words[], width: number): Words[] {
  return texts.flatMap((words) => {
    context.font = words.font
    return wrapped(words.text, width, (part) => context.measureText(part).width).map((text) => ({ ...words, text }))
  })
}

function write(context: CanvasRenderingContext2D, lines: Words[], from: number): number {
  let place = from
  for (const line of lines) {
    context.font = line.font
    context.fillStyle = line.colour
    context.fillText(line.text, EDGE, place)
    place += line.height
  }
  return place
}

const heightOf = (lines: Words[]): number => lines.reduce((sum, line) => sum + line.height, 0)

/** The chart's own canvas (drawn at SCALE) between its captions, as a new canvas. */
export function withCaption(chart: HTMLCanvasElement, caption: Caption, place: Element): HTMLCanvasElement {
  const dress = dressOf(place)
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')!
  const [width, height] = [chart.width / SCALE, chart.height / SCALE]
  const above = linesOf(context, [
    { text: caption.title, font: `600 18px ${dress.font}`, colour: dress.text, height: TITLE_LINE },
    { text: caption.facts, font: `13px ${dress.font}`, colour: dress.muted, height: LINE },
  ], width)
  const below = linesOf(context, [{ text: caption.formula, font: `12px ${dress.font}`, colour: dress.muted, height: LINE }], width)
  canvas.width = (width + 2 * EDGE) * SCALE
  canvas.height = (height + heightOf(above) + heightOf(below) + 3 * EDGE) * SCALE
  context.scale(SCALE, SCALE)
  context.textBaseline = 'top'
  context.fillStyle = dress.page
  context.fillRect(0, 0, canvas.width, canvas.height)
  const top = write(context, above, EDGE)
  context.drawImage(chart, EDGE, top, width, height)
  write(context, below, top + height + EDGE / 2)
  return canvas
}

/** Hands the picture to the browser as a download. */
export function savePicture(title: string, canvas: HTMLCanvasElement): void {
  canvas.toBlob((blob) => {
    if (!blob) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = pictureName(title)
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }, 'image/png')
}

export const PICTURE_SCALE = SCALE
