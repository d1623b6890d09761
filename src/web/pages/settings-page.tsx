import { t } from '../messages.ts'
import { SessionsSection, TokensSection } from '../ui/access-sections.tsx'
import { DataSection, ListingSection } from '../ui/account-sections.tsx'
import { Layout } from '../ui/layout.tsx'
import { ConnectionSection, MailSection } from '../ui/settings-sections.tsx'
import type { SettingsPageView } from '../view/settings-view.ts'
import type { Shell } from '../view/shell.ts'

export function SettingsPage({ shell, view }: { shell: Shell; view: SettingsPageView }) {
  return (
    <Layout
      shell={shell}
      title={t.settings.title}
      hue={shell.viewer?.hue ?? 0}
      live={shell.viewer ? `account:${shell.viewer.id}` : undefined}
      isPrivate
      class="settings"
    >
      <header class="page-head">
        <h1>{t.settings.title}</h1>
      </header>
      <nav class="settings-nav" aria-label={t.settings.nav}>
        {Object.entries(t.settings.sections).map(([id, label]) => (
          <a key={id} href={`#${id}`}>
            {label}
          </a>
        ))}
      </nav>
      <div class="settings-main">
        <ConnectionSection view={view} shell={shell} />
        <MailSection view={view} />
        <ListingSection view={view} />
        <SessionsSection view={view} shell={shell} />
        <TokensSection view={view} shell={shell} />
        <DataSection view={view} />
      </div>
    </Layout>
  )
}
