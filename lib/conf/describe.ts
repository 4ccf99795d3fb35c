import { maskText } from '../log/index.js'
import { groups } from './groups.js'
import type { NovaConf } from './load.js'
import type { Group } from './option.js'

/** What is set to something else than its default, a line each: `[api] max_limit = 2`. Secrets are `***`. */
export const describeConf = (conf: NovaConf): string[] =>
  Object.values<Group>(groups).flatMap(({ name: group, options }) => {
    const values: Readonly<Record<string, unknown>> = conf[group as keyof typeof groups]
    return Object.entries(options).flatMap(([name, { secret, multi, type, default: given }]) => {
      const value = values[name]
      if (value === null || value === undefined) return []
      if (JSON.stringify(value) === JSON.stringify(given())) return []
      if (secret) return [`[${group}] ${name} = ***`]
      const written = multi ? (value as readonly unknown[]).map(type.write) : [type.write(value)]
      return written.map(text => `[${group}] ${name} = ${maskText(text)}`)
    })
  })
