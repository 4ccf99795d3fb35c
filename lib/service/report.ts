/** What one part of a process is doing: a heading, and a line for each thing. */
export interface ReportSection {
  readonly title: string
  readonly lines: readonly string[]
}

const WIDTH = 72

/** Things of one kind that are told one by one; of more, only how many. */
const MAX_LINES = 200

/**
 * The report that SIGUSR2 asks for, in the manner of oslo.reports' guru meditation.
 *
 * @param sections  those without lines are told as empty, for that is news as well
 */
export const renderReport = (sections: readonly ReportSection[]): string => {
  const rule = '='.repeat(WIDTH)
  const heading = (title: string): string => {
    const side = Math.max(1, Math.floor((WIDTH - title.length - 2) / 2))
    return `${'='.repeat(side)} ${title} ${'='.repeat(Math.max(1, WIDTH - side - title.length - 2))}`
  }
  const told = sections.flatMap(({ title, lines }) => [heading(title), ...shown(lines), ''])
  return `${[rule, heading('Guru Meditation'), rule, '', ...told, rule].join('\n')}\n`
}

const shown = (lines: readonly string[]): readonly string[] => {
  if (lines.length === 0) return ['nothing']
  if (lines.length <= MAX_LINES) return lines
  return [...lines.slice(0, MAX_LINES), `and ${lines.length - MAX_LINES} more`]
}

/** `3.2 s`, of a moment on the clock of `Date.now()`. */
export const ageSince = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`

/** The process itself: memory, what keeps it alive. */
export const processSection = (name: string, version: string): ReportSection => {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`
  const counts = new Map<string, number>()
  for (const resource of process.getActiveResourcesInfo()) {
    counts.set(resource, (counts.get(resource) ?? 0) + 1)
  }
  const resources = [...counts].map(([resource, count]) => `${resource} ${count}`)
  const { user, system } = process.cpuUsage()
  return {
    title: 'Process',
    lines: [
      `${name} ${version}, pid ${process.pid}, node ${process.version}, up ${process.uptime().toFixed(0)} s`,
      `at ${new Date().toISOString()}, processor ${((user + system) / 1e6).toFixed(1)} s`,
      `memory ${megabytes(rss)}, heap ${megabytes(heapUsed)} of ${megabytes(heapTotal)}, outside of it ${megabytes(external)}`,
      `open: ${resources.join(', ') || 'nothing'}`,
    ],
  }
}
