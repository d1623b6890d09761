/** How many random cases a property test tries: a few while working, many in CI (`HISTORIES=10000`). */
export const historyCount = Number(process.env['HISTORIES'] ?? 60)
