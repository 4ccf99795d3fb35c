/** An answer that is no success, in Neutron's form: `{"NeutronError": {type, message, detail}}`. */
export class NeutronError extends Error {
  override readonly name = 'NeutronError'
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(message)
    this.status = status
    this.type = type
  }
}

export const badRequest = (message: string): NeutronError =>
  new NeutronError(400, 'HTTPBadRequest', message)

/** A value of the right form that cannot be. */
export const invalidInput = (message: string): NeutronError =>
  new NeutronError(400, 'InvalidInput', `Invalid input for operation: ${message}.`)

export const forbidden = (rule: string): NeutronError =>
  new NeutronError(403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`)

export const noRoute = (): NeutronError =>
  new NeutronError(404, 'HTTPNotFound', 'The resource could not be found.')

const lost: Readonly<Record<string, readonly [type: string, text: (id: string) => string]>> = {
  network: ['NetworkNotFound', id => `Network ${id} could not be found.`],
  subnet: ['SubnetNotFound', id => `Subnet ${id} could not be found.`],
  port: ['PortNotFound', id => `Port ${id} could not be found.`],
  router: ['RouterNotFound', id => `Router ${id} could not be found`],
  floatingip: ['FloatingIPNotFound', id => `Floating IP ${id} could not be found`],
  security_group: ['SecurityGroupNotFound', id => `Security group ${id} does not exist`],
  security_group_rule: [
    'SecurityGroupRuleNotFound',
    id => `Security group rule ${id} does not exist`,
  ],
}

export const notFound = (kind: string, id: string): NeutronError => {
  const entry = lost[kind]
  return entry ? new NeutronError(404, entry[0], entry[1](id)) : noRoute()
}

export const conflict = (type: string, message: string): NeutronError =>
  new NeutronError(409, type, message)
