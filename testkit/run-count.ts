/** How many random cases a property test tries: a few while working, many in CI (`HISTORIES=10000`). */
export const historyCount = Number(process.env['HISTORIES'] ?? 60)

/** How many recurrence rules are compared with an independent engine: some in each run, more with `RULES=20000`. */
export const ruleCount = Number(process.env['RULES'] ?? 400)
