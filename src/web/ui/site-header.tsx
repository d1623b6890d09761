import { t } from '../messages.ts'
import type { Shell, ViewerView } from '../view/shell.ts'
import { Face } from './face.tsx'
import { Icon, Logo } from './icons.tsx'
import { Menu } from './menu.tsx'

type Props = { shell: Shell; current: 'discover' | 'mine' | undefined }

export function SiteHeader({ shell, current }: Props) {
  return (
    <>
      <header class="site wrap">
        <a class="brand" href="/">
          <Logo />
          {t.shell.site}
        </a>
        <nav aria-label={t.shell.mainNav}>
          <a href="/" aria-current={current === 'discover' ? 'page' : undefined}>
            {t.shell.discover}
          </a>
          {shell.viewer && (
            <a href="/me/events" aria-current={current === 'mine' ? 'page' : undefined}>
              {t.shell.myEvents}
            </a>
          )}
          {shell.isDemo && <a href="/demo">{t.shell.demo}</a>}
        </nav>
        <div class="end">
          <a class="btn small" href="/events/new">
            <Icon name="plus" />
            <span>{t.shell.createEvent}</span>
          </a>
          {shell.viewer ? (
            <AccountMenu viewer={shell.viewer} isDemo={shell.isDemo} />
          ) : (
            <SignInLink path={shell.path} />
          )}
        </div>
      </header>
      {shell.viewer?.needsReconnect && <ReconnectBar why={shell.viewer.needsReconnect} />}
    </>
  )
}

function SignInLink({ path }: { path: string }) {
  const back = path === '/' || path.startsWith('/sign-in') ? '' : `?return_to=${encodeURIComponent(path)}`
  return (
    <a class="btn small primary" href={`/sign-in${back}`}>
      {t.shell.signIn}
    </a>
  )
}

function AccountMenu({ viewer, isDemo }: { viewer: ViewerView; isDemo: boolean }) {
  return (
    <Menu label={t.shell.account} icon={<Face person={viewer} />} isLabelHidden class="account" align="end">
      <a class="menu-head" href={viewer.path}>
        <strong>{viewer.name}</strong>
        <small>{viewer.handle ? `@${viewer.handle}` : t.shell.profile}</small>
      </a>
      <a href="/me/events">{t.shell.myEvents}</a>
      <a href="/settings">{t.shell.settings}</a>
      {viewer.isAdmin && <a href="/admin/ingest">{t.ingest.nav}</a>}
      {viewer.isAdmin && <a href="/admin/sessions">{t.shell.adminSessions}</a>}
      {isDemo && (
        <a class="phone-only" href="/demo">
          {t.shell.demo}
        </a>
      )}
      <form method="post" action="/sign-out" data-full>
        <button type="submit">{t.shell.signOut}</button>
      </form>
    </Menu>
  )
}

function ReconnectBar({ why }: { why: 'ended' | 'scopes' }) {
  return (
    <aside class="notice warn wrap" aria-label={t.shell.reconnect}>
      <Icon name="warning" />
      <p>{t.shell.needsReconnect[why]}</p>
      <a class="btn small" href="/settings#connection">
        {t.shell.reconnect}
      </a>
    </aside>
  )
}
