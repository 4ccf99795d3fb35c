import { runNovaManage } from './manage/run.js'

// The first interruption lets a long command come to a clean end, the second one ends it.
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    process.stderr.write('Interrupted: ending at the next safe place; once more ends it at once\n')
    interrupted.abort()
  })
}

process.exitCode = await runNovaManage(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
  signal: interrupted.signal,
})
