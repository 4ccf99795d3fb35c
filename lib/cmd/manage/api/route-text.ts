import { plainTable } from '../table.js'
import type { RouteDescription, RouteRange, Step } from './describe-route.js'

/** `v2, 2.1 to 2.72`, `2.73 on` */
const versionsText = ({ v2, min, max }: Pick<RouteRange, 'v2' | 'min' | 'max'>): string => {
  const own =
    min === null ? '' : max === null ? `${min} on` : min === max ? min : `${min} to ${max}`
  return [v2 ? 'v2' : '', own].filter(Boolean).join(', ')
}

/** All versions of a route, whatever else differs among them. */
const allVersions = (ranges: readonly RouteRange[]): string => {
  const joined: { v2: boolean; min: string | null; max: string | null }[] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    if (last && follows(last, range)) last.max = range.max
    else joined.push({ v2: range.v2, min: range.min, max: range.max })
    const now = joined.at(-1)
    if (now && now.min === null) now.min = range.min
  }
  return joined.map(versionsText).join('; ')
}

const minor = (version: string): number => Number(version.slice(2))

const follows = (
  before: { readonly min: string | null; readonly max: string | null },
  { min }: RouteRange,
): boolean => {
  if (min === null) return false
  return before.min === null ? min === '2.1' : minor(before.max ?? '2.0') + 1 === minor(min)
}

const serving = ({ ranges }: RouteDescription): readonly Step[] => {
  const steps = ranges.flatMap(({ steps }) => steps.filter(({ phase }) => phase === 'serves'))
  return [...new Map(steps.map(step => [step.method, step])).values()]
}

const list = (values: Iterable<unknown>): string => [...new Set(values)].join(' ') || '-'

/** One line a route. */
export const routesTable = (routes: readonly RouteDescription[]): string =>
  plainTable(
    ['METHOD', 'PATH', 'ACTION', 'VERSIONS', 'SUCCESS', 'ERRORS', 'FROM', 'SERVED BY', 'PLACE'],
    routes.map(route => {
      const { method, path, action, status, ranges } = route
      const steps = serving(route)
      const built = status === 'built'
      return [
        method,
        path || '(empty)',
        action ?? '',
        allVersions(ranges),
        built ? list(ranges.map(({ success }) => success)) : '-',
        built ? list(ranges.flatMap(({ errors }) => errors ?? [])) : '-',
        built ? list(steps.map(({ extension }) => extension ?? 'core')) : '-',
        built ? list(steps.map(step => step.method)) : `(${status})`,
        steps.map(({ place }) => place ?? '?').join(' '),
      ]
    }),
  )

/** Everything about a route, for `--why`. */
export const routeText = (route: RouteDescription): string => {
  const { method, path, action, status, resource, controller, policies, ranges } = route
  const lines = [`${method} ${path || '(empty)'}${action === null ? '' : `  ${action}`}`]
  if (status !== 'built') {
    const answer = status === 'gone' ? '410: nova has given it up' : '501: it is not built yet'
    lines.push(`  answers ${answer}; ${allVersions(ranges)}`)
    return lines.join('\n')
  }
  lines.push(`  resource  ${resource} (${controller})`)
  policies.forEach(({ rule, check }, index) => {
    lines.push(`  ${index === 0 ? 'policies' : '        '}  ${rule}${check ? `  ${check}` : ''}`)
  })
  if (policies.length === 0) lines.push('  policies  none that is known')
  for (const range of ranges) lines.push(...rangeLines(range))
  return lines.join('\n')
}

const rangeLines = (range: RouteRange): readonly string[] => {
  const { success, errors, body, query, steps } = range
  const declared = errors === null ? 'any' : errors.join(' ') || 'none'
  return [
    `  ${versionsText(range)}`,
    ...steps.map(
      ({ phase, method, extension, place }, index) =>
        `    ${index + 1}. ${phase.padEnd(6)}  ${method}  (${extension ?? 'core'})  ${place ?? '?'}`,
    ),
    `    success ${success}, errors ${declared}`,
    ...(body ? [`    body    ${JSON.stringify(body)}`] : []),
    ...(query ? [`    query   ${JSON.stringify(query)}`] : []),
  ]
}
