let names: string[] | undefined

/** Zones to suggest. Never to validate by: runtimes list old names only (no UTC, no Asia/Kolkata, no Europe/Kyiv). */
export function zoneNames(): string[] {
  names ??= [
    ...new Set([
      ...Intl.supportedValuesOf('timeZone'),
      'UTC',
      'Asia/Kolkata',
      'Europe/Kyiv',
      'Asia/Ho_Chi_Minh',
      'Asia/Kathmandu',
      'Asia/Yangon',
    ]),
  ].sort()
  return names
}
