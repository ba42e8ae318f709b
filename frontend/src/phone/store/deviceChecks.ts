/** What the last device check before a visit found; it goes along with what is handed in. */
import type { DeviceCheck } from '../capture/deviceCheck'
import { database } from './database'

const keyOf = (visitId: string): string => `device-check:${visitId}`

export const keptCheck = async (visitId: string): Promise<DeviceCheck | null> =>
  ((await database().settings.get(keyOf(visitId)))?.value as DeviceCheck | undefined) ?? null

export const keepCheck = async (visitId: string, check: DeviceCheck): Promise<void> =>
  void (await database().settings.put({ key: keyOf(visitId), value: check }))
