import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  between,
  boolFromString,
  type JsonSchema,
  legacyOnly,
  object,
  parseTime,
  querySchema,
  schema,
  since,
  single,
  strictBool,
  types,
  until,
  Validation,
  versions,
} from '../../../lib/wsgi/index.js'

const table = schema(
  object(
    {
      name: versions(legacyOnly(types.nameWithSpaces), types.name),
      networks: versions(
        until('2.36', { type: 'array' }),
        since('2.37', { anyOf: [{ type: 'array' }, { enum: ['auto', 'none'] }] }),
      ),
      tag: between('2.32', '2.36', types.tag),
      policy: { enum: ['affinity', since('2.15', 'soft-affinity')] },
    },
    { required: ['name', since('2.37', 'networks')] },
  ),
)

/** What is told of a value, or null when it passes. */
const told = (
  source: JsonSchema,
  value: unknown,
  { relaxed = false }: { relaxed?: boolean } = {},
): string | null => {
  try {
    new Validation().body(source, relaxed)(value)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

describe('wsgi: a schema with windows', () => {
  it('is plain JSON Schema at each version', () => {
    assert.deepEqual(table.at(31), {
      type: 'object',
      properties: {
        name: types.name,
        networks: { type: 'array' },
        policy: { enum: ['affinity', 'soft-affinity'] },
      },
      required: ['name'],
      additionalProperties: false,
    })
    assert.deepEqual(table.at(37), {
      type: 'object',
      properties: {
        name: types.name,
        networks: { anyOf: [{ type: 'array' }, { enum: ['auto', 'none'] }] },
        policy: { enum: ['affinity', 'soft-affinity'] },
      },
      required: ['name', 'networks'],
      additionalProperties: false,
    })
    assert.deepEqual((table.at(32).properties as JsonSchema).tag, types.tag)
    assert.deepEqual((table.at(0).properties as JsonSchema).name, types.nameWithSpaces)
  })

  it('is one object for all versions within which nothing changes', () => {
    assert.equal(table.at(15), table.at(31))
    assert.equal(table.at(37), table.at(104))
    assert.notEqual(table.at(31), table.at(32))
  })

  it('closes a query string from 2.102 on, or from where it says', () => {
    const closed = (source: ReturnType<typeof querySchema>) =>
      [1, 74, 75, 101, 102].map(minor => source.at(minor).additionalProperties)
    assert.deepEqual(closed(querySchema({})), [true, true, true, true, false])
    assert.deepEqual(closed(querySchema({}, { closedSince: '2.75' })), [
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

describe('wsgi: validation', () => {
  const cases: readonly (readonly [schema: JsonSchema, value: unknown, told: string | null])[] = [
    [types.uuid, '11111111-2222-3333-4444-555555555555', null],
    [types.uuid, '11111111222233334444555555555555', null],
    [types.uuid, 'x', 'is not a UUID'],
    [types.ipv4, '10.0.0.1', null],
    [types.ipv4, '::1', 'is not an IPv4 address'],
    [types.ip, '::1', null],
    [types.ip, 'x', 'has none of the forms allowed'],
    [types.base64, 'YQ==', null],
    [types.base64, 'YQ=\n=\n', null],
    [types.base64, 'YQ=', 'is not base64'],
    [types.dateTime, '2026-02-03T04:05:06Z', null],
    [types.dateTime, '2026-02-30T04:05:06Z', 'is not a date and time of ISO 8601'],
    [types.boolean, 'On', null],
    [types.boolean, true, null],
    [types.description, 'a\u0000', 'holds characters that cannot be printed'],
    [types.description, 'a b', null],
    [types.description, 'a\u00a0b', null],
    [types.azName, 'a:b', "must be printable, without ':' and without blanks at its ends"],
    [types.positiveInteger, '12', null],
    [types.positiveInteger, 0, 'less than 1'],
    [types.positiveInteger, true, 'must be integer or string'],
    [types.hostname, 'a.b-c_d', null],
    [types.metadata, { 'a.b:c': 'v' }, null],
    [types.metadata, { 'a/b': 'v' }, "'a/b' is not a key known here"],
    [{ type: 'array', uniqueItems: true }, [1, 1], 'has the same item twice'],
    [{ type: 'string', format: 'regex' }, '(', 'is not a regular expression'],
    [{ type: 'string', format: 'cidr' }, '10.0.0.0/33', 'is not an address range'],
    [{ type: 'string', format: 'fqdn' }, 'a.example.org', null],
  ]
  for (const [source, value, expected] of cases) {
    it(`${JSON.stringify(value)} by ${JSON.stringify(source).slice(0, 60)}: ${expected ?? 'passes'}`, () => {
      assert.equal(told(source, value), expected)
    })
  }

  it('tells no secret back, and no value at full length', () => {
    const source = object({ adminPass: { type: 'string' }, name: types.name })
    assert.equal(told(source, { adminPass: 7 }), "field adminPass, value '***': must be string")
    assert.equal(
      told(source, { name: 'x'.repeat(300) }),
      `field name, value '${'x'.repeat(199)}…: longer than 255`,
    )
  })

  it('names the list that holds a bad item', () => {
    const source = object({ tags: { type: 'array', items: types.tag } })
    assert.equal(
      told(source, { tags: ['ok', 'a,b'] }),
      "field tags, value 'a,b': does not match '^[^,/]*$'",
    )
  })

  it('relaxed drops unknown keys where an object is closed, and trims names that say so', () => {
    const source = object({
      server: object({ name: types.nameWithSpaces, meta: object({}, { open: true }) }),
    })
    const value = { server: { name: ' a ', x: 1, meta: { kept: 1 } }, y: 2 }
    assert.equal(told(source, value, { relaxed: true }), null)
    assert.deepEqual(value, { server: { name: 'a', meta: { kept: 1 } } })
  })

  it('of a query string drops the keys that an open schema does not name', () => {
    const source = querySchema(
      { limit: single(types.queryInteger) },
      { patternProperties: { '^_': { type: 'array' } } },
    )
    const value = { limit: ['1'], colour: ['red'], _x: ['1'] }
    new Validation().query(source.at(1))(value)
    assert.deepEqual(value, { limit: ['1'], _x: ['1'] })
  })
})

describe('wsgi: words and times', () => {
  it('reads booleans as oslo does', () => {
    for (const word of ['t', 'TRUE', 'on', 'y', ' yes ', '1', 1, true]) {
      assert.equal(boolFromString(word), true)
    }
    for (const word of ['f', 'False', 'off', 'n', 'no', '0', 0, false, 'maybe', null]) {
      assert.equal(boolFromString(word), false)
    }
    assert.equal(boolFromString('maybe', true), true)
    assert.equal(strictBool('maybe'), null)
  })

  it('reads times of ISO 8601, UTC when they name no zone', () => {
    const times: readonly (readonly [string, string | null])[] = [
      ['2026-02-03', '2026-02-03T00:00:00.000Z'],
      ['2026-02-03T04:05', '2026-02-03T04:05:00.000Z'],
      ['2026-02-03 04:05:06.5', '2026-02-03T04:05:06.500Z'],
      ['2026-02-03T04:05:06+02:00', '2026-02-03T02:05:06.000Z'],
      ['2026-02-03T04:05:06-0130', '2026-02-03T05:35:06.000Z'],
      ['2026-02-03T24:00:00Z', null],
      ['2026-13-01', null],
      ['yesterday', null],
    ]
    for (const [text, expected] of times) {
      assert.equal(parseTime(text)?.toISOString() ?? null, expected, text)
    }
  })

  it('reads any time that was written', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        date => assert.equal(parseTime(date.toISOString())?.getTime(), date.getTime()),
      ),
    )
  })
})
