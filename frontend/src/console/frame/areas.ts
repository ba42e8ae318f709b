/** Regions and groups by id, and the tags of stores, read once: for filters and for names in tables. */
import { computed, shallowRef } from 'vue'
import { allGroups, allRegions, allTags } from '../api/network'
import type { Area } from '../api/types'
import { may } from './permissions'

const regionList = shallowRef<Area[]>([])
const groupList = shallowRef<Area[]>([])
const tagList = shallowRef<string[]>([])
let running: Promise<void> | null = null

async function read(): Promise<void> {
  if (!may('network:read')) return
  const [regions, groups, tags] = await Promise.all([allRegions(), allGroups(), allTags()])
  regionList.value = regions
  groupList.value = groups
  tagList.value = tags.map((one) => one.tag)
}

/** Reads these lists once; a failure is tried again by the next page. */
export function loadAreas(again = false): Promise<void> {
  if (!running || again) running = read().catch(() => void (running = null))
  return running
}

export function forgetAreas(): void {
  running = null
  regionList.value = []
  groupList.value = []
  tagList.value = []
}

export const regions = computed(() => regionList.value)
export const groups = computed(() => groupList.value)
export const tags = computed(() => tagList.value)
const namesOf = (areas: readonly Area[]): Map<string, string> => new Map(areas.map((area) => [area.id, area.name]))
const regionNames = computed(() => namesOf(regionList.value))
const groupNames = computed(() => namesOf(groupList.value))
export const regionName = (id: string | null | undefined): string => regionNames.value.get(id ?? '') ?? '–'
export const groupName = (id: string | null | undefined): string => groupNames.value.get(id ?? '') ?? '–'
