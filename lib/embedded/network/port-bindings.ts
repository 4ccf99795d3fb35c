import { isRecord } from '../../util/is-record.js'
import { isAdmin } from '../support/request.js'
import { type Caller, visible } from './caller.js'
import { badRequest, conflict, forbidden, NeutronError } from './errors.js'
import { type Binding, OTHER_BINDINGS, otherBindingsOf, ovsDetails } from './ports.js'
import { type Doc, replace, type StoredDoc } from './store.js'

const shown = (binding: Binding, status: 'ACTIVE' | 'INACTIVE') => ({
  ...binding,
  vif_type: 'ovs',
  vif_details: ovsDetails,
  status,
})

const activeOf = (port: Doc): Binding | null =>
  port['binding:host_id']
    ? {
        host: String(port['binding:host_id']),
        vnic_type: String(port['binding:vnic_type'] ?? 'normal'),
        profile: isRecord(port['binding:profile']) ? port['binding:profile'] : {},
      }
    : null

const portOf = (caller: Caller, id: string): Promise<StoredDoc> => {
  if (!isAdmin(caller.context)) throw forbidden('rule:get_port_binding')
  return visible(caller, 'port', id)
}

const missing = (port: Doc, host: string): NeutronError =>
  new NeutronError(
    404,
    'PortBindingNotFound',
    `Binding for port ${port.id} for host ${host} could not be found.`,
  )

export const listBindings = async (caller: Caller, portId: string): Promise<Doc> => {
  const port = await portOf(caller, portId)
  const active = activeOf(port)
  return {
    bindings: [
      ...(active ? [shown(active, 'ACTIVE')] : []),
      ...otherBindingsOf(port).map(one => shown(one, 'INACTIVE')),
    ],
  }
}

export const createBinding = async (
  caller: Caller,
  portId: string,
  body: unknown,
): Promise<Doc> => {
  const port = await portOf(caller, portId)
  const given = isRecord(body) && isRecord(body.binding) ? body.binding : null
  if (!given || typeof given.host !== 'string' || given.host === '') {
    throw badRequest("Failed to parse request. Required attribute 'host' not specified")
  }
  const { host } = given
  if (activeOf(port)?.host === host || otherBindingsOf(port).some(one => one.host === host)) {
    throw conflict(
      'PortBindingAlreadyExists',
      `Binding for port ${portId} on host ${host} already exists.`,
    )
  }
  const binding: Binding = {
    host,
    vnic_type: typeof given.vnic_type === 'string' ? given.vnic_type : 'normal',
    profile: isRecord(given.profile) ? given.profile : {},
  }
  await replace(caller.db, 'port', {
    ...port,
    [OTHER_BINDINGS]: [...otherBindingsOf(port), binding],
  })
  return { binding: shown(binding, 'INACTIVE') }
}

/** The one that counted is kept beside it. */
export const activateBinding = async (
  caller: Caller,
  portId: string,
  host: string,
): Promise<Doc> => {
  const port = await portOf(caller, portId)
  const active = activeOf(port)
  if (active?.host === host) {
    throw conflict(
      'PortBindingAlreadyActive',
      `Binding for port ${portId} on host ${host} is already active.`,
    )
  }
  const wanted = otherBindingsOf(port).find(one => one.host === host)
  if (!wanted) throw missing(port, host)
  await replace(caller.db, 'port', {
    ...port,
    'binding:host_id': host,
    'binding:vnic_type': wanted.vnic_type,
    'binding:profile': wanted.profile,
    'binding:vif_type': 'ovs',
    'binding:vif_details': ovsDetails,
    [OTHER_BINDINGS]: [
      ...otherBindingsOf(port).filter(one => one !== wanted),
      ...(active ? [active] : []),
    ],
  })
  return { binding: shown(wanted, 'ACTIVE') }
}

export const deleteBinding = async (
  caller: Caller,
  portId: string,
  host: string,
): Promise<void> => {
  const port = await portOf(caller, portId)
  const others = otherBindingsOf(port)
  if (activeOf(port)?.host === host) {
    await replace(caller.db, 'port', {
      ...port,
      'binding:host_id': '',
      'binding:vif_type': 'unbound',
      'binding:vif_details': {},
      status: 'DOWN',
    })
    return
  }
  if (!others.some(one => one.host === host)) throw missing(port, host)
  await replace(caller.db, 'port', {
    ...port,
    [OTHER_BINDINGS]: others.filter(one => one.host !== host),
  })
}
