import { type FunctionComponent, type VNode, h } from 'preact'
import { renderToString } from 'preact-render-to-string'

/** The HTML of a page. Pure: the same view gives the same text. */
export function renderPage(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`
}

/** `pageHtml(EventPage, { shell, view })`: for where there is no JSX. */
export function pageHtml<Props extends object>(page: FunctionComponent<Props>, props: NoInfer<Props>): string {
  return renderPage(h(page, props) as VNode)
}
