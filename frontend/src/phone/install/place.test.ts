import { expect, test } from 'vitest'
import { placeOf } from './place'
import type { Surroundings } from './place'

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1'
const ANDROID = 'Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36'
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'
const at = (userAgent: string, more: Partial<Surroundings> = {}) =>
  placeOf({ userAgent, touchPoints: 5, isStandalone: false, keepsItself: true, isOffered: false, ...more })

test('an installed app needs no hint, whatever the browser', () => {
  expect(at(IPHONE, { isStandalone: true })).toBe('installed')
  expect(at(ANDROID, { isStandalone: true, isOffered: true })).toBe('installed')
})

test('inside WeChat that is what is said, with or without a service worker', () => {
  expect(at(`${IPHONE} MicroMessenger/8.0.50`, { keepsItself: false })).toBe('wechat')
  expect(at(`${ANDROID} MicroMessenger/8.0.50`)).toBe('wechat')
})

test('a browser without service workers works online only', () => {
  expect(at(IPHONE, { keepsItself: false })).toBe('online-only')
})

test('iPhones and iPads are told how to add it, also an iPad that calls itself a Mac', () => {
  expect(at(IPHONE)).toBe('ios')
  expect(at(MAC, { touchPoints: 5 })).toBe('ios')
  expect(at(MAC, { touchPoints: 0 })).toBe('tab')
})

test('elsewhere it is offered when the browser offers it', () => {
  expect(at(ANDROID, { isOffered: true })).toBe('offered')
  expect(at(ANDROID)).toBe('tab')
})
