import type { IngestMinute } from '../../ingest/ingest-minutes.ts'
import { isReading } from '../../ingest/ingest-minutes.ts'
import type { HourView, PlotView, SourceView } from './ingest-view.ts'

const minuteMs = 60_000
const stepMs = 5 * minuteMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const recentMs = 5 * minuteMs

/** Since when minutes are needed for the plot of this moment. */
export function plotBegin(now: Date): Date {
  return new Date(Math.floor(now.getTime() / stepMs) * stepMs + stepMs - dayMs)
}

/** A source per name that was read within the day, the one read last first. */
export function toSources(
  minutes: readonly IngestMinute[],
  stored: ReadonlyMap<string, Date>,
  now: Date,
): SourceView[] {
  const last = new Map(minutes.map((minute) => [minute.source, minute]))
  const sources = Array.from(last.values(), (minute) => ({
    name: minute.source,
    host: minute.host,
    isReading: isReading(minute, now),
    perSecond: toRate(
      minutes.filter(({ source }) => source === minute.source),
      now,
    ),
    lagMs: minute.lagMs,
    lastAt: stored.get(minute.source) ?? null,
  }))
  return sources.toSorted((a, b) => Number(b.isReading) - Number(a.isReading))
}

function toRate(minutes: readonly IngestMinute[], now: Date): number {
  const recent = minutes.filter(({ minute }) => now.getTime() - minute.getTime() < recentMs)
  const first = recent[0]?.minute.getTime() ?? now.getTime()
  const seconds = Math.max(10, (now.getTime() - first) / 1000)
  return sum(recent.map(({ ops }) => ops)) / seconds
}

export function toPlot(minutes: readonly IngestMinute[], now: Date): PlotView {
  const from = plotBegin(now)
  const rates = Array.from({ length: dayMs / stepMs }, () => 0)
  for (const { minute, ops } of minutes) {
    const i = Math.floor((minute.getTime() - from.getTime()) / stepMs)
    if (i >= 0 && i < rates.length) rates[i] = (rates[i] ?? 0) + ops / (stepMs / 1000)
  }
  return { from, rates, hours: toHours(minutes) }
}

/** Hours in which something came, the latest first. */
function toHours(minutes: readonly IngestMinute[]): HourView[] {
  const byHour = Map.groupBy(minutes, ({ minute }) => Math.floor(minute.getTime() / hourMs))
  const hours = Array.from(byHour, ([hour, list]) => ({
    at: new Date(hour * hourMs),
    ops: sum(list.map(({ ops }) => ops)),
    applied: sum(list.map(({ applied }) => applied)),
    deadLettered: sum(list.map(({ deadLettered }) => deadLettered)),
  }))
  return hours.filter(({ ops }) => ops > 0).toReversed()
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
