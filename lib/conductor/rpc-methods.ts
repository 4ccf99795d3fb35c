import { NovaException } from '../exception/index.js'
import { type Renderings, refusing, without } from '../rpc/renderings.js'

/**
 * The methods of the conductor's namespace `compute_task`, with the versions they are sent with (contract:
 * rpc-apis.tsv). As in nova, `[upgrade_levels] conductor` limits the conductor's own namespace only.
 */
export const computeTaskMethods = {
  build_instances: [
    { version: '1.19' },
    { version: '1.18', change: without('host_lists') },
    { version: '1.10', change: without('request_spec') },
  ],
  cache_images: [{ version: '1.21' }],
  live_migrate_instance: [{ version: '1.15' }],
  migrate_server: [
    { version: '1.20' },
    { version: '1.13', change: without('host_list') },
    { version: '1.11', change: without('request_spec') },
    { version: '1.10', change: without('clean_shutdown') },
  ],
  rebuild_instance: [
    // Conductors of Zed do not know it.
    { version: '1.25', when: args => Boolean(args.target_state) },
    {
      version: '1.24',
      change: refusing('target_state', () => unsupported('target_state')),
    },
    {
      version: '1.12',
      change: refusing('reimage_boot_volume', () => unsupported('reimage_boot_volume')),
    },
    { version: '1.8', change: without('request_spec') },
  ],
  schedule_and_build_instances: [{ version: '1.17' }, { version: '1.16', change: without('tags') }],
  unshelve_instance: [{ version: '1.14' }, { version: '1.3', change: without('request_spec') }],
} as const satisfies Readonly<Record<string, Renderings>>

export type ComputeTaskMethod = keyof typeof computeTaskMethods

const unsupported = (name: string): NovaException =>
  new NovaException(`Conductor RPC version does not support ${name} parameter.`)
