import type { RequestContext } from '../../context/index.js'
import { InstanceExists } from '../../exception/index.js'
import type { Cells } from '../cells.js'
import { listServers } from '../listing.js'

/**
 * `[DEFAULT] osapi_compute_unique_server_name_scope`: no two servers of a project, or of the whole
 * cloud, bear one name.
 *
 * @param scope  `project`, `global`, or empty for no such rule
 * @throws InstanceExists (409)
 */
export const checkUniqueNames = async (
  context: RequestContext,
  cells: Cells,
  scope: string,
  names: readonly string[],
): Promise<void> => {
  if (scope !== 'project' && scope !== 'global') return
  for (const name of names) {
    const filters = {
      deleted: false,
      display_name: `^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`,
      ...(scope === 'project' ? { project_id: context.projectId } : {}),
    }
    const found = await listServers(context, cells, { ...anyOrder, filters }, () =>
      Promise.reject(new Error('a list without a marker looked for one')),
    )
    if (found.length > 0) throw new InstanceExists({ name, code: 409 })
  }
}

const anyOrder = {
  ip: null,
  ip6: null,
  sortKeys: ['created_at'],
  sortDirs: ['desc'],
  limit: 1,
  marker: null,
  downCells: 'skip',
  expectedAttrs: [],
} as const
