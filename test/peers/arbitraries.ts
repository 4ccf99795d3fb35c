import fc from 'fast-check'

/** A field as peer_objects.py tells of it. */
export interface FieldKind {
  readonly kind: string
  readonly nullable: boolean
  readonly hasDefault?: boolean
  readonly element?: FieldKind
  readonly names?: readonly string[]
  readonly values?: readonly string[]
}

export interface ObjectKind {
  readonly version: string
  readonly manifest: Readonly<Record<string, string>>
  /** Fields that a new object has set. */
  readonly born: readonly string[]
  readonly fields: Readonly<Record<string, FieldKind>>
}

/** Every object of nova by its name. */
export type ObjectKinds = Readonly<Record<string, ObjectKind>>

export interface Primitive {
  readonly 'nova_object.name': string
  readonly 'nova_object.namespace': string
  readonly 'nova_object.version': string
  readonly 'nova_object.data': Readonly<Record<string, unknown>>
  readonly 'nova_object.changes'?: readonly string[]
}

/** Objects within objects within objects: deeper, lists are empty and objects null. */
const maxDepth = 3

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map(digits => digits.join(''))

// Of all the planes of Unicode, but no NUL and no half characters: neither is text to Python.
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const integer = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 2 ** 40 }))
const time = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map(seconds => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`)
const uuid = fc.uuid()
const ipv4 = fc.ipV4()
// As Python's netaddr writes them: generated ones may have more than one spelling.
const ipv6 = fc.constantFrom('::1', 'fe80::f816:3eff:fe4c:1', '2001:db8::2')

/** One interface as it stands in network_info, with all the keys that nova writes. */
const vif = fc.record({
  id: uuid,
  address: fc.option(fc.constantFrom('fa:16:3e:00:01:02')),
  network: fc.record({
    id: uuid,
    bridge: fc.option(text),
    label: fc.option(text),
    subnets: fc.array(
      fc.record({
        cidr: fc.constant('10.0.0.0/24'),
        dns: fc.constant([]),
        gateway: ipv4.map(address => ({ address, type: 'gateway', version: 4, meta: {} })),
        ips: ipv4.map(address => [
          { address, type: 'fixed', version: 4, meta: {}, floating_ips: [] },
        ]),
        routes: fc.constant([]),
        version: fc.constant(4),
        meta: fc.record({ dhcp_server: ipv4 }),
      }),
      { maxLength: 2 },
    ),
    meta: fc.record({ injected: fc.boolean(), mtu: fc.integer({ min: 68, max: 9000 }) }),
  }),
  type: fc.option(fc.constantFrom('ovs', 'bridge', 'binding_failed')),
  details: fc.dictionary(fc.string(), fc.boolean(), { maxKeys: 2 }),
  devname: fc.option(text),
  ovs_interfaceid: fc.option(uuid),
  qbh_params: fc.constant(null),
  qbg_params: fc.constant(null),
  active: fc.boolean(),
  vnic_type: fc.constantFrom('normal', 'direct'),
  profile: fc.constant({}),
  preserve_on_delete: fc.boolean(),
  delegate_create: fc.boolean(),
  meta: fc.constant({}),
})

const plain: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  String: text,
  SensitiveString: text,
  VersionPredicate: fc.constantFrom('>=1.2', '==3.0'),
  ResourceClass: hex(6).map(digits => `CUSTOM_${digits.toUpperCase()}`),
  UUID: uuid,
  MACAddress: fc.constantFrom('fa:16:3e:aa:bb:cc', '00:00:00:00:00:01'),
  PCIAddress: fc.constantFrom('0000:00:02.0', 'ffff:1f:1e.7'),
  USBAddress: fc.constantFrom('0:1', 'a:b'),
  SCSIAddress: fc.constantFrom('0:0:0:1', 'a:b:c:d'),
  IDEAddress: fc.constantFrom('0:0', '1:1'),
  XenAddress: fc.constantFrom('000100', '51712'),
  Integer: integer,
  Float: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  Boolean: fc.boolean(),
  FlexibleBoolean: fc.boolean(),
  DateTime: time,
  IPAddress: fc.oneof(ipv4, ipv6),
  IPV4Address: ipv4,
  IPV6Address: ipv6,
  NetworkModel: fc.array(vif, { maxLength: 2 }).map(vifs => JSON.stringify(vifs)),
  NetworkVIFModel: vif.map(one => JSON.stringify(one)),
}

/** What nova counts as changed in any object that comes out of a message, and so sends on. */
const countsAsChanged = (name: string, field: string, data: Readonly<Record<string, unknown>>) =>
  name === 'Flavor' &&
  (field === 'extra_specs' || field === 'projects') &&
  Object.keys(data[field] as object).length > 0

/** Any value of a field, as it stands in a primitive. */
const anyOf = (kinds: ObjectKinds, field: FieldKind, depth: number): fc.Arbitrary<unknown> => {
  const some = nonNull(kinds, field, depth)
  return field.nullable ? fc.option(some, { freq: 4 }) : some
}

const nonNull = (kinds: ObjectKinds, field: FieldKind, depth: number): fc.Arbitrary<unknown> => {
  const { kind, element } = field
  if (element) {
    const size = holdsObjects(element) && depth >= maxDepth ? 0 : depth > 1 ? 1 : 3
    const item = anyOf(kinds, element, depth)
    if (kind === 'Dict') return fc.dictionary(text, item, { maxKeys: size })
    return kind === 'Set'
      ? fc.uniqueArray(item, { maxLength: size })
      : fc.array(item, { maxLength: size })
  }
  if (kind === 'Object') {
    return fc.oneof(...namesOf(kinds, field).map(name => primitiveOf(kinds, name, depth + 1)))
  }
  if (kind === 'Enum') return fc.constantFrom(...(field.values ?? []))
  const known = plain[kind]
  if (!known) throw new Error(`no values for a field of ${kind}`)
  return known
}

const namesOf = (kinds: ObjectKinds, field: FieldKind): readonly string[] =>
  (field.names ?? []).filter(name => name in kinds)

const holdsObjects = (field: FieldKind): boolean =>
  field.kind === 'Object' || (field.element !== undefined && holdsObjects(field.element))

/** Whether a value can be made at this depth: an object too deep cannot, nor one that only has a base class. */
const canBeMade = (kinds: ObjectKinds, field: FieldKind, depth: number): boolean =>
  field.kind !== 'Object' || (depth < maxDepth && namesOf(kinds, field).length > 0)

/** An object of nova's newest version with any of its fields set, to anything, and any of those changed. */
export const primitiveOf = (
  kinds: ObjectKinds,
  name: string,
  depth = 0,
): fc.Arbitrary<Primitive> => {
  const kind = kinds[name]
  if (!kind) throw new Error(`nova has no object ${name}`)
  const made = Object.entries(kind.fields).filter(([, field]) => canBeMade(kinds, field, depth))
  const fields = Object.fromEntries(
    made.map(([field, of]) => [field, anyOf(kinds, of, depth)] as const),
  )
  const born = kind.born.filter(field => field in fields)
  // At the top mostly full objects; further down few fields, for there are many objects.
  return fc
    .tuple(
      fc.oneof(
        { weight: depth === 0 ? 2 : 1, arbitrary: fc.record(fields) },
        { weight: 2, arbitrary: fc.record(fields, { requiredKeys: born }) },
      ),
      fc.subarray(Object.keys(fields)),
    )
    .map(([data, chosen]) => {
      const changes = Object.keys(fields).filter(
        field => field in data && (chosen.includes(field) || countsAsChanged(name, field, data)),
      )
      return {
        'nova_object.name': name,
        'nova_object.namespace': 'nova',
        'nova_object.version': kind.version,
        'nova_object.data': data,
        ...(changes.length > 0 && { 'nova_object.changes': changes }),
      }
    })
}

/**
 * Objects that nova brings down without what is in them, so that their reader asks again. We bring down
 * all: there is nothing to compare within these.
 */
const careless = ['BlockDeviceMapping', 'MigrationContext', 'NetworkInterfaceMetadata']

/** Minor versions below these are not compared. */
const oldest: Readonly<Record<string, number>> = {
  // nova forgets to take the tags out of 1.0.
  BuildRequest: 1,
  // nova leaves six fields out of 1.3 only if the first of them is set.
  Migration: 4,
  // nova looks a compute node up in the database for 1.9.
  Service: 10,
}

/** Versions of an object and all below it, each from its first to the newest. */
export const olderManifest = (
  kinds: ObjectKinds,
  root: string,
): fc.Arbitrary<Record<string, string>> => {
  const { manifest } = kinds[root] as ObjectKind
  const left = new Set(
    careless
      .filter(name => name in manifest)
      .flatMap(name => Object.keys(kinds[name]?.manifest ?? {}).filter(inside => inside !== name)),
  )
  return fc.record(
    Object.fromEntries(
      Object.entries(manifest).map(([name, newest]) => {
        const [major, max] = newest.split('.').map(Number)
        const min = name !== root && left.has(name) ? max : (oldest[name] ?? 0)
        return [name, fc.integer({ min, max }).map(minor => `${major}.${minor}`)]
      }),
    ),
  )
}

/** A primitive with all that has no order put in order: changes, sets, and JSON within text. */
export const inOrder = (kinds: ObjectKinds, primitive: unknown): unknown => {
  const { 'nova_object.changes': changes, ...rest } = primitive as Primitive
  const fields = kinds[rest['nova_object.name']]?.fields ?? {}
  const data = Object.entries(rest['nova_object.data']).map(([name, value]) => {
    const field = fields[name]
    return [name, field ? valueInOrder(kinds, field, value) : value]
  })
  return {
    ...rest,
    'nova_object.data': Object.fromEntries(data),
    // nova names changed fields that it has left out for an older reader; who reads them overlooks them.
    'nova_object.changes': (changes ?? []).filter(name => name in rest['nova_object.data']).sort(),
  }
}

const valueInOrder = (kinds: ObjectKinds, field: FieldKind, value: unknown): unknown => {
  if (value === null || value === undefined) return value
  const { kind, element } = field
  if (kind === 'Object') return inOrder(kinds, value)
  if (kind === 'NetworkModel' || kind === 'NetworkVIFModel') return JSON.parse(String(value))
  if (!element) return value
  if (kind === 'Dict') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, valueInOrder(kinds, element, item)]),
    )
  }
  const items = (value as readonly unknown[]).map(item => valueInOrder(kinds, element, item))
  return kind === 'Set' ? items.sort(byText) : items
}

/** Only what is set, to what: without the changes, which a parent has from its children. */
export const withoutChanges = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutChanges)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'nova_object.changes')
      .map(([key, item]) => [key, withoutChanges(item)]),
  )
}

const byText = (a: unknown, b: unknown): number => (String(a) < String(b) ? -1 : 1)
