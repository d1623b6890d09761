import { invalid } from '../base/errors.ts'

/** Where a page of a list ended: the start of its last event (null: undated) and its id. */
export type ListCursor = { at: Date | null; id: number }

export type ListPage<Row> = { rows: Row[]; cursor: string | undefined }

type Dated = { id: number; starts_at: Date | null }

function encodeCursor({ at, id }: ListCursor): string {
  return `${at?.getTime() ?? 'x'}_${id}`
}

/** Throws AppError where the text is no cursor of ours. */
export function decodeCursor(text: string): ListCursor {
  const [, at = '', id = ''] = /^(x|-?\d{1,15})_(\d{1,15})$/.exec(text) ?? []
  const date = at === 'x' ? null : new Date(Number(at))
  if (id === '' || (date && Number.isNaN(date.getTime())))
    throw invalid({ field: 'cursor', message: 'Use the `cursor` of the page before, as it is.' })
  return { at: date, id: Number(id) }
}

/** `rows` holds one more than `limit` where there is another page. */
export function toListPage<Row extends Dated>(rows: Row[], limit: number): ListPage<Row> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const cursor = rows.length > limit && last ? encodeCursor({ at: last.starts_at, id: last.id }) : undefined
  return { rows: shown, cursor }
}
