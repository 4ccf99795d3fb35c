import { maskText } from '../log/index.js'
import { groups } from './groups.js'
import { defaultConf, type NovaConf } from './load.js'
import type { Group } from './option.js'

/** What is set to something else than its default, a line each: `[api] max_limit = 2`. Secrets are `***`. */
export const describeConf = (conf: NovaConf): string[] => {
  const defaults = defaultConf()
  return Object.values<Group>(groups).flatMap(({ name: group, options }) => {
    const key = group as keyof typeof groups
    const values: Readonly<Record<string, unknown>> = conf[key]
    const given: Readonly<Record<string, unknown>> = defaults[key]
    return Object.entries(options).flatMap(([name, { secret, multi, type }]) => {
      const value = values[name]
      if (value === null || value === undefined) return []
      // Values are texts, numbers, and lists and maps of them.
      if (JSON.stringify(value) === JSON.stringify(given[name])) return []
      if (secret) return [`[${group}] ${name} = ***`]
      const written = multi ? (value as readonly unknown[]).map(type.write) : [type.write(value)]
      return written.map(text => `[${group}] ${name} = ${maskText(text)}`)
    })
  })
}
