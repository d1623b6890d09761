import { type FunctionComponent, h } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** The HTML of a page: `pageHtml(EventPage, { shell, view })`. Pure: the same view gives the same text. */
export function pageHtml<Props extends object>(page: FunctionComponent<Props>, props: NoInfer<Props>): string {
  return `<!doctype html>${renderToString(h(page, props))}`
}
