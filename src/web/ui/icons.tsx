const paths = {
  arrow: 'M5 12h14m-6-6 6 6-6 6',
  calendar:
    'M4.5 6.5a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2h-11a2 2 0 0 1-2-2ZM4.5 9.8h15M8.5 2.8v3.4M15.5 2.8v3.4',
  check: 'm5 12.6 4.6 4.4L19 7.4',
  chevron: 'm7 10 5 5 5-5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7.4V12l3 2',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  copy: 'M9 9h9.5v10.5H9ZM5.500 15V4.500H14',
  edit: 'M5 19l.8-3.8L15.600 5.400a1.900 1.900 0 0 1 2.700 0l.3.300a1.900 1.900 0 0 1 0 2.700L8.800 18.200Z',
  globe: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.300 12h17.400M12 3c5 5.300 5 12.700 0 18M12 3c-5 5.300-5 12.700 0 18',
  image:
    'M4 6a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2ZM4.500 17l4.700-4.800 3.300 3.300 3.200-3.200 4 4M9 9.200h.01',
  key: 'M8 19.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12.700 19 4.700M16 7.700l2.600 2.600',
  link: 'M10 14.500a4 4 0 0 0 5.700 0l3-3a4 4 0 1 0-5.700-5.700l-1 1M14 9.500a4 4 0 0 0-5.700 0l-3 3a4 4 0 1 0 5.700 5.700l1-1',
  lock: 'M6 11h12v9H6ZM8.500 11V8a3.500 3.500 0 1 1 7 0v3',
  mail: 'M4 6.500h16v11.500H4ZM4.500 7l7.500 6 7.500-6',
  people:
    'M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7ZM2.800 19.500c.5-3.300 3-5.300 6.200-5.300s5.700 2 6.200 5.300M16 4.800a3.400 3.400 0 0 1 0 6.400M18 14.600c1.700.9 2.800 2.600 3.200 4.900',
  pin: 'M12 21c4.600-4.500 7-8.200 7-11.300a7 7 0 1 0-14 0C5 12.800 7.400 16.500 12 21ZM12 12.200a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z',
  plus: 'M12 6v12M6 12h12',
  refresh: 'M19.500 12a7.500 7.500 0 1 1-2.200-5.300L19.500 9M19.500 4.200V9h-4.800',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l4.500 4.500',
  share: 'M12 14.500V3.500M8 7.200l4-3.700 4 3.700M5 12.500V18a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-5.500',
  trash: 'M5 7h14M9.500 7V4.500h5V7M7 7l.8 12.500h8.400L17 7',
  video: 'M4 7h11v10H4ZM15 10.800l5-3v8.400l-5-3',
  warning: 'M12 4 2.800 19.500h18.400ZM12 10v4.500M12 17h.01',
}

export type IconName = keyof typeof paths

/** Decorative: what it means stands beside it in words, or in the label of its button. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}

/** Bluesky's butterfly, drawn after its two wings. */
export function Butterfly() {
  return (
    <svg class="icon butterfly" viewBox="0 0 64 57" fill="currentColor" aria-hidden="true">
      <path d="M13.9 3.800C21.200 9.300 29.100 20.500 32 26.500c2.900-6 10.800-17.200 18.100-22.700C55.400-.1 64-3.100 64 6.600c0 1.900-1.100 16.300-1.800 18.600-2.200 8.100-10.500 10.100-17.800 8.900 12.800 2.200 16 9.400 9 16.600-13.300 13.700-19.100-3.400-20.600-7.800-.3-.8-.4-1.200-.8-1.200s-.5.4-.8 1.200c-1.500 4.400-7.300 21.500-20.600 7.800-7-7.200-3.800-14.400 9-16.600-7.300 1.200-15.600-.8-17.800-8.900C1.100 22.900 0 8.500 0 6.600c0-9.700 8.600-6.700 13.900-2.800Z" />
    </svg>
  )
}

/** Two circles that meet. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 26 24" aria-hidden="true">
      <circle class="logo-a" cx="9.500" cy="12" r="7.500" />
      <circle class="logo-b" cx="16.500" cy="12" r="7.500" />
    </svg>
  )
}

/** The badge after a handle that was checked both ways. */
export function VerifiedBadge({ label }: { label: string }) {
  return (
    <svg class="verified" viewBox="0 0 24 24" role="img" aria-label={label}>
      <path
        fill="currentColor"
        d="m12 1.800 2.500 2.300 3.300-.6 1.100 3.200 3.200 1.100-.6 3.300L23.800 12l-2.300 2.500.6 3.300-3.200 1.100-1.100 3.200-3.300-.6L12 23.800l-2.500-2.300-3.300.6-1.100-3.200-3.200-1.100.6-3.300L.2 12l2.300-2.500-.6-3.300 3.200-1.100 1.100-3.200 3.300.6Z"
      />
      <path
        fill="none"
        stroke="var(--bg)"
        stroke-width="2.200"
        stroke-linecap="round"
        stroke-linejoin="round"
        d="m7.800 12.300 2.900 2.900 5.500-5.900"
      />
    </svg>
  )
}
