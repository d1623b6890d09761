const parent = process.ppid

/** Once, when the process that started this one is gone. Does not keep this one alive. @param {() => void} act */
export function onParentGone(act) {
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, 250)
  timer.unref()
}
