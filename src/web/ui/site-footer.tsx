import { t } from '../messages.ts'
import type { Shell } from '../view/shell.ts'
import { Logo } from './icons.tsx'

export function SiteFooter({ shell }: { shell: Shell }) {
  return (
    <footer class="site-footer wrap">
      <p>
        <Logo />
        {t.shell.footer}
      </p>
      <nav aria-label={t.shell.footerNav}>
        <a href="/">{t.shell.discover}</a>
        <a href="/api/docs">{t.shell.api}</a>
        <a href="https://github.com/lexicon-community/lexicon" rel="noopener">
          {t.shell.source}
        </a>
        {shell.isDemo && <a href="/demo">{t.shell.demo}</a>}
      </nav>
    </footer>
  )
}
