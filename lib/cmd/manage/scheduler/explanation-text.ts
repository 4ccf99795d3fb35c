import type { NovaConf } from '../../../conf/index.js'
import type { RequestSpec } from '../../../objects/index.js'
import type { Explanation, RankedHost } from '../../../scheduler/explanation.js'
import { readRequest } from '../../../scheduler/read-request.js'
import { resourcesOf } from '../../../scheduler/resources.js'
import { plainTable } from '../table.js'

export interface ExplanationFacts {
  readonly conf: NovaConf
  readonly spec: RequestSpec
  readonly explanation: Explanation
  /** Hosts on which the server has claims of its own. */
  readonly ownHosts: number
}

/** For programs: what was asked for, and what became of each host. */
export const explanationDocument = ({ conf, spec, explanation }: ExplanationFacts): object => {
  const request = readRequest(spec)
  return {
    driver: conf.scheduler.driver,
    request: {
      server: spec.get('instanceUuid') ?? null,
      flavor: request.flavor.name,
      resources: resourcesOf(request.flavor, request.isBfv),
      image: request.imageId,
      availability_zone: request.availabilityZone,
      hints: request.hints,
    },
    hosts: explanation.hosts,
    dropped: explanation.droppedHosts,
  }
}

/** For a person: the request in a line, the hosts that pass and their weights, those that do not and why. */
export const explanationText = (facts: ExplanationFacts): string => {
  const { hosts, droppedHosts } = facts.explanation
  const total = hosts.length + droppedHosts.length
  return [
    asked(facts),
    '',
    verdict(hosts.length, total),
    ...(hosts.length > 0 ? ['', weighed(hosts)] : []),
    ...(droppedHosts.length > 0
      ? [
          '',
          plainTable(
            ['Host', 'Dropped by', 'Why'],
            droppedHosts.map(({ host, node, by, why }) => [nameOf(host, node), by, why]),
          ),
        ]
      : []),
    ...notes(facts),
  ].join('\n')
}

const asked = ({ spec }: ExplanationFacts): string => {
  const { flavor, isBfv, imageId, availabilityZone, group } = readRequest(spec)
  const server = spec.get('instanceUuid')
  const parts = [
    ...(server ? [`Server ${server}`] : []),
    `flavor ${flavor.name} (${resourceText(resourcesOf(flavor, isBfv))})`,
    ...(imageId ? [`image ${imageId}`] : []),
    ...(availabilityZone ? [`zone ${availabilityZone}`] : []),
    ...(group ? [`group ${group.uuid} (${group.policy})`] : []),
  ]
  const text = parts.join(', ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const resourceText = (resources: Readonly<Record<string, number>>): string =>
  Object.entries(resources)
    .map(([name, amount]) => `${name} ${amount}`)
    .join(', ')

const verdict = (passed: number, total: number): string => {
  if (total === 0) return 'There are no hosts: no enabled cell has a compute node that is ready.'
  const hosts = `${total} host${total === 1 ? '' : 's'}`
  return passed === 0
    ? `None of ${hosts} would do.`
    : `${passed} of ${hosts} would do, in this order:`
}

const weighed = (hosts: readonly RankedHost[]): string => {
  const names = [...new Set(hosts.flatMap(({ weighers }) => Object.keys(weighers)))].filter(name =>
    hosts.some(({ weighers }) => weighers[name]?.weight),
  )
  return plainTable(
    ['#', 'Host', 'Weight', ...names],
    hosts.map(({ rank, host, node, weight, weighers }) => [
      String(rank),
      nameOf(host, node),
      number(weight),
      ...names.map(name => {
        const part = weighers[name]
        return part ? `${signed(part.weight)} (${number(part.value)})` : ''
      }),
    ]),
  )
}

const nameOf = (host: string, node: string): string => (host === node ? host : `${host}/${node}`)

const number = (value: number): string => String(Number(value.toFixed(3)))

const signed = (value: number): string => `${value < 0 ? '' : '+'}${number(value)}`

const notes = ({ conf, explanation, ownHosts }: ExplanationFacts): string[] => {
  const { host_subset_size: size, shuffle_best_same_weighed_hosts: shuffle } = conf.filter_scheduler
  const several = explanation.hosts.length > 1
  const found = [
    ...(ownHosts > 0 ? ['What the server has claimed itself is counted as free.'] : []),
    ...(several && conf.scheduler.driver.includes('chance')
      ? ['The driver takes any of them, by chance.']
      : []),
    ...(several && size > 1 ? [`One of the best ${size} is taken at random.`] : []),
    ...(several && shuffle ? ['Of those that are as good as the best, any may be the first.'] : []),
    ...(several && explanation.hosts.every(({ weighers }) => Object.keys(weighers).length === 0)
      ? ['No weigher tells them apart.']
      : []),
  ]
  return found.length > 0 ? ['', ...found] : []
}
