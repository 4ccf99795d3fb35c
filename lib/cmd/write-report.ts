import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeConf, type NovaConf } from '../conf/index.js'
import type { Log } from '../log/index.js'
import { processSection, type ReportSection, renderReport } from '../service/index.js'
import { version } from './version.js'

/**
 * What SIGUSR2 asks for: to stderr, or into a file of its own in `[oslo_reports] log_dir`, named as
 * oslo.reports names it.
 */
export const writeReport = (
  name: string,
  conf: NovaConf,
  sections: readonly ReportSection[],
  log: Log,
): void => {
  const text = renderReport([
    processSection(name, version),
    ...sections,
    { title: 'nova.conf, where it differs from the defaults', lines: describeConf(conf) },
  ])
  const folder = conf.oslo_reports.log_dir
  if (folder === null) return void process.stderr.write(text)
  const time = new Date().toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)
  const file = join(folder, `${name}_gurumeditation_${time}_${process.pid}`)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    log.info({}, `Wrote a report to ${file}`)
  } catch (error) {
    log.warn({ err: error }, `Cannot write a report to ${file}; it goes to stderr`)
    process.stderr.write(text)
  }
}
