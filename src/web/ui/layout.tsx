import type { ComponentChildren } from 'preact'
import { t } from '../messages.ts'
import type { Shell } from '../view/shell.ts'
import { FlashMessage } from './flash-message.tsx'
import { SiteFooter } from './site-footer.tsx'
import { SiteHeader } from './site-header.tsx'

type Props = {
  shell: Shell
  title: string
  /** Tints the whole page; without one, the site's own. */
  hue?: number
  /** Topics whose changes refresh the page's `data-live` parts. */
  live?: string | undefined
  description?: string
  /** Path of a picture for link previews. */
  picture?: string | undefined
  /** Not for search engines: private, personal, or an error. */
  isPrivate?: boolean
  /** Which entry of the navigation this is. */
  current?: 'discover' | 'mine' | undefined
  /** More for `<head>`: JSON-LD, feeds. */
  head?: ComponentChildren
  class?: string
  children: ComponentChildren
}

/** The frame of every page. */
export function Layout({ shell, title, hue = 0, live, class: name = '', children, ...rest }: Props) {
  return (
    <html lang="en" data-locale={shell.locale} data-offline={t.shell.offline}>
      <Head shell={shell} title={title} {...rest} />
      <body class={`hue-${hue}`} data-live-topic={live} data-live-since={live && shell.now.getTime()}>
        <a class="skip" href="#main">
          {t.shell.skip}
        </a>
        <SiteHeader shell={shell} current={rest.current} />
        <div id="flash" class="wrap" role="status">
          {shell.flash && <FlashMessage flash={shell.flash} />}
        </div>
        <main id="main" class={`wrap ${name}`} tabIndex={-1}>
          {children}
        </main>
        <SiteFooter shell={shell} />
        <p id="announcer" class="vh" role="status" aria-live="polite" />
      </body>
    </html>
  )
}

type HeadProps = Pick<Props, 'shell' | 'title' | 'description' | 'picture' | 'isPrivate' | 'head'>

function Head({ shell, title, description, picture, isPrivate, head }: HeadProps) {
  const { assets, publicUrl } = shell
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
      <title>{`${title} · ${t.shell.site}`}</title>
      <meta name="color-scheme" content="light dark" />
      {description && <meta name="description" content={description} />}
      {isPrivate && <meta name="robots" content="noindex" />}
      <meta property="og:site_name" content={t.shell.site} />
      <meta property="og:title" content={title} />
      {description && <meta property="og:description" content={description} />}
      {picture && <meta property="og:image" content={`${publicUrl}${picture}`} />}
      <link rel="preload" href={assets.font} as="font" type="font/woff2" crossorigin="anonymous" />
      <link rel="stylesheet" href={assets.css} />
      <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
      <link rel="manifest" href="/manifest.webmanifest" />
      <script type="module" src={assets.js} nonce={shell.nonce} />
      {head}
    </head>
  )
}
