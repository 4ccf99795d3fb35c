import { readFileSync } from 'node:fs'
import { contractFile } from './contract.js'

/** One request to Placement as the reference sent it, and how it was answered. */
export interface PlacementExchange {
  readonly n: number
  readonly method: string
  readonly path: string
  /** `placement 1.28`; null: none was asked for */
  readonly version: string | null
  readonly body: Readonly<Record<string, unknown>> | null
  readonly response: { readonly status: number; readonly body: unknown }
}

interface Upstream extends Omit<PlacementExchange, 'version'> {
  readonly service: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Those of a recording (contract: workers/captures), by their numbers in it; all of them when none is named.
 * The test is skipped aloud where there are no recordings.
 */
export const capturedPlacement = (
  test: Mocha.Context,
  operation: string,
  ...numbers: readonly number[]
): readonly PlacementExchange[] => {
  const file = contractFile(test, `workers/captures/${operation}.json`)
  const { upstream } = JSON.parse(readFileSync(file, 'utf8')) as { upstream: Upstream[] }
  return upstream
    .filter(({ service, n }) => service === 'placement' && (!numbers.length || numbers.includes(n)))
    .map(({ n, method, path, headers, body, response }) => ({
      n,
      method,
      path,
      version: headers['openstack-api-version'] ?? null,
      body,
      response,
    }))
}
