import type { Flash } from '../view/shell.ts'
import { Icon } from './icons.tsx'

/** What just happened, at the top of the next page. */
export function FlashMessage({ flash }: { flash: Flash }) {
  return (
    <div class={`notice flash ${flash.tone}`}>
      <Icon name={flash.tone === 'ok' ? 'check' : 'warning'} />
      <p>{flash.text}</p>
    </div>
  )
}
