/** A heat map as a picture, drawn whole however long it is. */
import type { MatrixRow } from '../api/types'
import { isStrong, strength } from './heat'
import { PICTURE_SCALE } from './picture'

export interface HeatDress {
  hue: string
  page: string
  ink: string
  onHue: string
  muted: string
  font: string
}

const HEAD = 96
const SIDE = 190
const LONGEST = 5000

interface Size {
  cell: number
  line: number
}

/** Cells as wide as their figures need; lines thinner than a figure where there are very many rows. */
const sizeOf = (rows: number, columns: number): Size => ({ cell: columns > 14 ? 44 : 72, line: Math.min(24, Math.max(4, Math.floor(LONGEST / Math.max(1, rows)))) })

function drawHead(context: CanvasRenderingContext2D, titles: readonly string[], size: Size, dress: HeatDress): void {
  context.fillStyle = dress.muted
  context.font = `11px ${dress.font}`
  titles.forEach((title, place) => {
    context.save()
    context.translate(SIDE + place * size.cell + size.cell / 2, HEAD - 6)
    context.rotate(-Math.PI / 3)
    context.fillText(title.slice(0, 14), 0, 0)
    context.restore()
  })
}

function drawRow(context: CanvasRenderingContext2D, row: MatrixRow, name: string, top: number, size: Size, dress: HeatDress): void {
  const legible = size.line >= 14
  if (legible) {
    context.fillStyle = dress.ink
    context.fillText(name.slice(0, 24), 0, top + size.line / 2)
  }
  row.rates.forEach((rate, place) => {
    const left = SIDE + place * size.cell
    context.globalAlpha = strength(rate)
    context.fillStyle = dress.hue
    context.fillRect(left, top, size.cell - 1, size.line - (legible ? 1 : 0))
    context.globalAlpha = 1
    if (!legible) return
    context.fillStyle = isStrong(strength(rate)) ? dress.onHue : dress.ink
    context.fillText(rate === null ? '–' : rate.toFixed(1), left + 8, top + size.line / 2)
  })
}

/** The drawing at PICTURE_SCALE, without captions. */
export function heatCanvas(rows: readonly MatrixRow[], names: readonly string[], titles: readonly string[], dress: HeatDress): HTMLCanvasElement {
  const size = sizeOf(rows.length, titles.length)
  const canvas = document.createElement('canvas')
  canvas.width = (SIDE + titles.length * size.cell + 40) * PICTURE_SCALE
  canvas.height = (HEAD + rows.length * size.line) * PICTURE_SCALE
  const context = canvas.getContext('2d')!
  context.scale(PICTURE_SCALE, PICTURE_SCALE)
  context.fillStyle = dress.page
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.textBaseline = 'middle'
  drawHead(context, titles, size, dress)
  context.font = `11px ${dress.font}`
  rows.forEach((row, place) => drawRow(context, row, names[place]!, HEAD + place * size.line, size, dress))
  return canvas
}
