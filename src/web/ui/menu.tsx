import type { ComponentChildren } from 'preact'
import { Icon } from './icons.tsx'

type Props = {
  label: string
  icon?: ComponentChildren
  isLabelHidden?: boolean
  class?: string
  align?: 'start' | 'end'
  children: ComponentChildren
}

/** A button that opens a short list. Works without the script, which adds Escape and closing by a click elsewhere. */
export function Menu({
  label,
  icon,
  isLabelHidden = false,
  class: name = 'btn small',
  align = 'start',
  children,
}: Props) {
  return (
    <details class="menu" data-menu>
      <summary class={name}>
        {icon}
        <span class={isLabelHidden ? 'vh' : undefined}>{label}</span>
        {!isLabelHidden && <Icon name="chevron" />}
      </summary>
      <div class={`menu-list ${align}`}>{children}</div>
    </details>
  )
}
