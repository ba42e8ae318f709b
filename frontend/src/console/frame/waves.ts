/** The waves the person may see, read once and shared, and the one that is looked at. */
import { computed, ref, shallowRef } from 'vue'
import type { Programme, Wave } from '../api/types'
import { allProgrammes, allWaves } from '../api/waves'

const KEY = 'mingcha.wave'
const list = shallowRef<Wave[] | null>(null)
const programmeList = shallowRef<Programme[]>([])
const chosen = ref<string | null>(localStorage.getItem(KEY))
let running: Promise<Wave[]> | null = null

const latestFirst = (waves: Wave[]): Wave[] => [...waves].sort((a, b) => b.opens_on.localeCompare(a.opens_on) || b.number - a.number)

/** Waves, latest first; null until read. */
export const waves = computed(() => list.value)

/** Reads the waves once, or anew after a change. */
export function loadWaves(again = false): Promise<Wave[]> {
  if (running && !again) return running
  running = Promise.all([allWaves(), allProgrammes()]).then(([all, programmes]) => {
    programmeList.value = programmes
    return (list.value = latestFirst(all))
  })
  running.catch(() => (running = null))
  return running
}

/** Forgets all of it: another person signs in. */
export function forgetWaves(): void {
  running = null
  list.value = null
}

/** Programmes, by code. */
export const programmes = computed(() => programmeList.value)

export const programmeName = (code: string): string => programmeList.value.find((one) => one.code === code)?.name ?? code

/** The wave's name, with its programme's where another has the same name. */
export function waveName(wave: Wave | null | undefined): string {
  if (!wave) return ''
  const isAlone = !list.value?.some((other) => other.id !== wave.id && other.name === wave.name)
  return isAlone ? wave.name : `${programmeName(wave.programme)} · ${wave.name}`
}

export const waveById = (id: string | null | undefined): Wave | null => list.value?.find((wave) => wave.id === id) ?? null

/** The wave to show when the address names none: the one last looked at, else the latest that has results to show. */
export function startingWave(all: readonly Wave[]): Wave | null {
  const withResults = all.find((wave) => wave.published_at) ?? all.find((wave) => wave.state !== 'draft')
  return all.find((wave) => wave.id === chosen.value) ?? withResults ?? all[0] ?? null
}

/** Keeps the wave looked at as the one to come back to. */
export function rememberWave(id: string): void {
  chosen.value = id
  localStorage.setItem(KEY, id)
}

/** The wave last looked at, or the starting one. */
export const currentWave = computed(() => waveById(chosen.value) ?? startingWave(list.value ?? []))
