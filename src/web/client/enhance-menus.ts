/** Menus close by Escape, by a click elsewhere and when another opens; copy buttons copy. */
export function enhanceMenus(): void {
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false
    const button = target?.closest<HTMLElement>('[data-copy]')
    if (button) void copy(button)
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    for (const menu of openMenus()) {
      menu.open = false
      menu.querySelector('summary')?.focus()
    }
  })
}

function openMenus(): NodeListOf<HTMLDetailsElement> {
  return document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]')
}

async function copy(button: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(button.dataset['copy'] ?? '')
  const label = button.lastChild
  const before = label?.textContent ?? ''
  const { copied = '' } = button.dataset
  announce(copied)
  if (!label) return
  label.textContent = copied
  setTimeout(() => (label.textContent = before), 2000)
}

/** Says something to people who listen to the page. */
export function announce(text: string): void {
  const region = document.getElementById('announcer')
  if (region) region.textContent = text
}
