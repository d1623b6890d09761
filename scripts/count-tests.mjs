/** Adds up vitest's JSON reports: "passed failed skipped". A run without a report, or a file that does not load, failed. */
import { readFileSync } from 'node:fs'

/** @typedef {{ status: string, assertionResults: { status: string }[] }} TestFile */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, success: boolean, testResults: TestFile[] }} Report */

const sum = { passed: 0, failed: 0, skipped: 0 }
for (const path of process.argv.slice(2)) {
  const report = findReport(path)
  sum.passed += report?.numPassedTests ?? 0
  sum.failed += report ? countFailed(report) : 1
  sum.skipped += report ? report.numPendingTests + report.numTodoTests : 0
}
console.log(sum.passed, sum.failed, sum.skipped)

/** @param {string} path @returns {Report | undefined} */
function findReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {Report} report */
function countFailed({ numFailedTests, success, testResults }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  )
  const failed = numFailedTests + unloaded.length
  return failed === 0 && !success ? 1 : failed
}
