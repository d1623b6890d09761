import { t } from '../messages.ts'
import { clock } from '../view/format-time.ts'
import type { PlotView } from '../view/ingest-view.ts'
import type { Shell } from '../view/shell.ts'

const height = 100

/** A day of ops, five minutes a step, as an area; and the same by the hour in a table, for who does not see it. */
export function OpsPlot({ plot, shell }: { plot: PlotView; shell: Shell }) {
  const words = t.ingest.plot
  const most = Math.max(...plot.rates)
  if (most === 0) return <p class="note">{words.none}</p>
  return (
    <>
      <figure class="ops-plot" id="ops" data-live>
        <p class="ops-top" aria-hidden="true">
          {words.top(most)}
        </p>
        <svg
          viewBox={`0 0 ${plot.rates.length} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={words.summary(most, plot.rates.at(-1) ?? 0)}
        >
          <path class="ops-area" d={areaPath(plot.rates, most)} />
          <path class="ops-line" d={linePath(plot.rates, most)} />
        </svg>
        <Axis plot={plot} shell={shell} />
      </figure>
      <Hours plot={plot} shell={shell} />
    </>
  )
}

function Axis({ plot, shell }: { plot: PlotView; shell: Shell }) {
  const zone = shell.zone ?? 'UTC'
  const hours = [0, 6, 12, 18]
  return (
    <p class="ops-axis" aria-hidden="true">
      {hours.map((after) => (
        <span key={after}>{clock(new Date(plot.from.getTime() + after * 3_600_000), zone, shell.locale)}</span>
      ))}
      <span>{t.ingest.plot.now}</span>
    </p>
  )
}

function Hours({ plot, shell }: { plot: PlotView; shell: Shell }) {
  const words = t.ingest.plot
  const zone = shell.zone ?? 'UTC'
  return (
    <details class="hours">
      <summary>{words.table}</summary>
      <table>
        <thead>
          <tr>
            {[words.hour, words.ops, words.applied, words.aside].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {plot.hours.map((hour) => (
            <tr key={hour.at.getTime()}>
              <th scope="row">{clock(hour.at, zone, shell.locale)}</th>
              <td>{hour.ops}</td>
              <td>{hour.applied}</td>
              <td>{hour.deadLettered}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

function toY(rate: number, most: number): number {
  return Math.round((height - (rate / most) * (height - 4)) * 10) / 10
}

function linePath(rates: readonly number[], most: number): string {
  return rates.map((rate, i) => `${i === 0 ? 'M' : 'L'}${i + 0.5} ${toY(rate, most)}`).join('')
}

function areaPath(rates: readonly number[], most: number): string {
  return `${linePath(rates, most)}L${rates.length - 0.5} ${height}L0.5 ${height}Z`
}
