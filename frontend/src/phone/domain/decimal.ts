/** Exact arithmetic on decimals as they are written: 0.1 is one tenth, not the binary fraction nearest to it. */

export interface Fraction {
  numerator: bigint
  denominator: bigint
}

const PLAIN = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/

/** The exact value of a finite number. */
export function exact(number: number): Fraction {
  const [, sign = '', whole = '0', decimals = '', exponent = '0'] = PLAIN.exec(String(number)) ?? []
  const digits = BigInt(`${sign}${whole}${decimals}`)
  const power = Number(exponent) - decimals.length
  return power >= 0 ? { numerator: digits * 10n ** BigInt(power), denominator: 1n } : { numerator: digits, denominator: 10n ** BigInt(-power) }
}

export const ZERO: Fraction = { numerator: 0n, denominator: 1n }

export const plus = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.denominator + b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
})

export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { ...b, numerator: -b.numerator })

/** Whether `a` is a whole multiple of `b`, which is not zero. */
export const isMultiple = (a: Fraction, b: Fraction): boolean =>
  (a.numerator * b.denominator) % (a.denominator * b.numerator) === 0n

export const isAtMost = (a: Fraction, b: Fraction): boolean => a.numerator * b.denominator <= b.numerator * a.denominator

const absolute = (value: bigint): bigint => (value < 0n ? -value : value)

/** Rounded half away from zero to so many decimals. */
export function rounded({ numerator, denominator }: Fraction, places: number): number {
  const scaled = absolute(numerator) * 10n ** BigInt(places)
  const units = (2n * scaled + denominator) / (2n * denominator)
  // Adding zero turns a negative zero into the plain one.
  return (Number(numerator < 0n ? -units : units) / 10 ** places) + 0
}

/** The nearest number, for JSON. */
export const plain = (value: Fraction): number => rounded(value, 9)
