import assert from 'node:assert/strict'
import { Flavor } from '../../../lib/objects/index.js'
import { IMAGE_ID } from '../../../lib/testing/index.js'
import { eachWithApi } from '../../support/api.js'
import { type FieldRow, requestFields, tokensOf, windowOf } from '../../support/response-fields.js'

const UUID = '7a1a3d0e-6b0f-4a2d-9f38-5d4f1c3e2b10'

/** A value that passes, for the fields whose own constraints do not give one. */
const examples: Readonly<Record<string, unknown>> = {
  'server.imageRef': IMAGE_ID,
  'server.networks': [],
  'server.networks[].fixed_ip': '10.0.0.1',
  'server.block_device_mapping[].no_device': true,
  'server.block_device_mapping_v2[].no_device': true,
  group: UUID,
  different_host: [UUID],
  same_host: [UUID],
  query: { a: 'b' },
  different_cell: ['a'],
  build_near_host_ip: '10.0.0.1',
  cidr: '/24',
  'server.hostname': 'web',
}

const exampleOf = ({ field, constraints }: FieldRow): unknown => {
  const last = tokensOf(field).at(-1) ?? ''
  const known = examples[field] ?? (field.startsWith('server') ? undefined : examples[last])
  if (known !== undefined) return known
  if (/fmt=uuid/.test(constraints)) return UUID
  if (/fmt=ipv4/.test(constraints)) return '10.0.0.1'
  if (/fmt=ipv6/.test(constraints)) return '::1'
  if (/fmt=base64/.test(constraints)) return 'aGVsbG8='
  if (/bool-ish/.test(constraints)) return 'on'
  const [, firstOfEnum] = /enum: "([^"]*)"/.exec(constraints) ?? []
  if (firstOfEnum !== undefined) return firstOfEnum
  if (/^array/.test(constraints)) return / of string/.test(constraints) ? ['a'] : []
  if (/^object/.test(constraints)) return {}
  if (/^integer/.test(constraints)) return 1
  return '1'
}

/** Values that the constraints forbid. */
const wrongOf = ({ constraints }: FieldRow): unknown[] => {
  const wrong: unknown[] = []
  const [types = ''] = constraints.split(' ')
  const [, low, high] = /len (\d*)\.\.(\d*)/.exec(constraints) ?? []
  const [, least, most] = /val (\d*)\.\.(\d*)/.exec(constraints) ?? []
  const [, items] = /items \d*\.\.(\d+)/.exec(constraints) ?? []
  if (types === 'string') wrong.push(7, null, {})
  if (types === 'object' || types === 'array') wrong.push('text', 7)
  if (/^array.* of string/.test(constraints)) wrong.push([7])
  if (low && Number(low) > 0 && types.includes('string')) wrong.push('')
  // Strings of 64 KiB and more are the business of the size limit too.
  if (high && !types.includes('array') && Number(high) < 65_536) {
    wrong.push('a'.repeat(Number(high) + 1))
  }
  if (least) wrong.push(Number(least) - 1, String(Number(least) - 1), 1.5, 'one')
  if (most) wrong.push(Number(most) + 1)
  if (items) wrong.push(Array.from({ length: Number(items) + 1 }, (_, at) => `t${at}`))
  if (/unique/.test(constraints)) wrong.push(['a', 'a'])
  if (/enum: /.test(constraints)) wrong.push('nonsense')
  if (/bool-ish/.test(constraints)) wrong.push('maybe', 2, null)
  if (/fmt=(?:uuid|ipv4|ipv6|base64)/.test(constraints)) wrong.push('a')
  if (/fmt=name /.test(constraints)) wrong.push(' a', 'a ', 'a\u0000')
  if (/printable/.test(constraints)) wrong.push('a\u0007')
  const [, pattern] = /(?: |^)re (\^\S+\$)/.exec(constraints) ?? []
  if (pattern && !new RegExp(pattern).test('a,/ü')) wrong.push('a,/ü')
  return wrong
}

const setAt = (
  target: Record<string, unknown>,
  tokens: readonly string[],
  value: unknown,
): void => {
  const [first = '', ...rest] = tokens
  const key = first.startsWith('<') ? 'a' : first
  if (rest.length === 0) {
    target[key] = value
  } else if (rest[0] === '[]') {
    const item: Record<string, unknown> = {}
    const inner = rest.slice(1)
    if (inner.length > 0) setAt(item, inner, value)
    target[key] = [inner.length > 0 ? item : value]
  } else {
    const child = (target[key] ?? {}) as Record<string, unknown>
    target[key] = child
    setAt(child, rest, value)
  }
}

const bodyWith = (field: string, value: unknown, minor: number): object => {
  const body: Record<string, unknown> = {
    server: {
      name: 'web',
      imageRef: IMAGE_ID,
      flavorRef: '1',
      ...(minor >= 37 ? { networks: 'none' } : {}),
    },
  }
  setAt(body, tokensOf(field), value)
  return body
}

describe('the body of POST /servers, field by field', function () {
  this.timeout(60_000)
  const as = eachWithApi({ conf: { quota: { instances: -1, cores: -1, ram: -1 } } })
  let rows: FieldRow[] = []

  before(function () {
    rows = requestFields(this).filter(
      row =>
        row.method === 'POST' &&
        row.path === '/servers' &&
        row.action === '' &&
        row.window !== '/v2 only' &&
        row.field !== '.' &&
        row.field !== 'server' &&
        // `networks[]` may be wrong in two ways at once; its fields are rows of their own.
        !row.field.endsWith('[]'),
    )
    assert.ok(rows.length > 60, `${rows.length} rows`)
  })

  beforeEach(async () => {
    const { process } = as.current()
    await new Flavor(process.adminContext, {
      name: 'm1.tiny',
      flavorid: '1',
      memoryMb: 512,
      vcpus: 1,
      rootGb: 1,
      ephemeralGb: 0,
      swap: 0,
      rxtxFactor: 1,
      vcpuWeight: 0,
      disabled: false,
      isPublic: true,
    }).create()
  })

  /** What the schema said; null when it let the body pass, whatever came of it. */
  const refusal = async (body: object, minor: number): Promise<string | null> => {
    const answer = await as('admin', `2.${minor}`).post('/servers', body)
    assert.ok(answer.status < 500, `${JSON.stringify(body)}: ${answer.status} ${answer.text}`)
    const message = String(answer.body.badRequest?.message ?? '')
    return answer.status === 400 && /^(?:field|body) /.test(message) ? message : null
  }

  it('takes each field in its versions, and in no other', async () => {
    for (const row of rows) {
      const windows = rows.filter(one => one.field === row.field).map(one => windowOf(one.window))
      const example = exampleOf(row)
      for (const minor of new Set(
        windows.flatMap(({ min, max }) => [min - 1, min, max, max + 1]),
      )) {
        if (minor < 1 || minor > 104) continue
        const known = windows.some(({ min, max }) => min <= minor && minor <= max)
        const { min, max } = windowOf(row.window)
        // Another row says what the field looks like there.
        if (known && (minor < min || minor > max)) continue
        const said = await refusal(bodyWith(row.field, example, minor), minor)
        const where = `${row.field} at 2.${minor}: ${said}`
        if (known) assert.equal(said, null, where)
        else assert.ok(said !== null, where)
      }
    }
  })

  it('refuses what the limits of a field forbid, naming it', async () => {
    for (const row of rows) {
      const { min } = windowOf(row.window)
      const name = tokensOf(row.field).at(-1) ?? ''
      for (const value of wrongOf(row)) {
        const said = await refusal(bodyWith(row.field, value, min), min)
        const where = `${row.field} = ${JSON.stringify(value)?.slice(0, 60)} at 2.${min}`
        assert.ok(said !== null, `${where} passed`)
        if (!name.startsWith('<') && typeof value !== 'object') {
          assert.ok(said.includes(name.replace('[]', '')), `${where}: ${said}`)
        }
      }
    }
  })

  it('wants a name, a flavor, and from 2.37 networks', async () => {
    const whole = { name: 'web', imageRef: IMAGE_ID, flavorRef: '1', networks: 'none' }
    for (const missing of ['name', 'flavorRef', 'networks']) {
      const server = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== missing))
      const { body } = await as('member', '2.37').post('/servers', { server }).expect(400)
      assert.match(body.badRequest.message, new RegExp(missing))
    }
    await as('member').post('/servers', {}).expect(400)
    await as('member', '2.37').post('/servers', { server: whole, other: 1 }).expect(400)
  })
})
