import { runNovaManage } from './manage/run.js'

process.exitCode = await runNovaManage(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  env: process.env,
})
