// Adds up vitest's JSON reports: "passed failed skipped". A run that left no report, or a file that did not load, is a failure.
import { readFileSync } from 'node:fs'

const sum = { passed: 0, failed: 0, skipped: 0 }
for (const file of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'))
    sum.passed += report.numPassedTests
    sum.failed += report.numFailedTests
    sum.skipped += report.numPendingTests + report.numTodoTests
    const broken = report.testResults.filter((one) => one.status === 'failed' && !hasFailed(one))
    sum.failed += broken.length || Number(report.success === false && report.numFailedTests === 0)
  } catch {
    sum.failed++
  }
}
console.log(sum.passed, sum.failed, sum.skipped)

function hasFailed({ assertionResults }) {
  return assertionResults.some(({ status }) => status === 'failed')
}
