import { t } from '../messages.ts'
import { Icon } from './icons.tsx'

/** Reminds whoever asked not to be listed of what that means here. */
export function UnlistedNotice({ text }: { text: string }) {
  return (
    <aside class="notice" aria-label={t.settings.listing.pill.unlisted}>
      <Icon name="lock" />
      <p>{text}</p>
      <a class="btn small" href="/settings#listing">
        {t.settings.listing.change}
      </a>
    </aside>
  )
}
