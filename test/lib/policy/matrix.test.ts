import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Enforcer, type PolicyCreds, policyDefaults } from '../../../lib/policy/index.js'
import { contractFile } from '../../support/contract.js'

/** Roles as Keystone hands them out: the chain is in the token, the enforcer implies nothing. */
const caller = (roles: readonly string[], values: Partial<PolicyCreds> = {}): PolicyCreds => ({
  userId: 'u1',
  projectId: 'p1',
  domainId: null,
  systemScope: null,
  roles,
  isAdmin: roles.includes('admin'),
  isAdminProject: true,
  ...values,
})

const stranger = { userId: 'u2', projectId: 'p2' }
const callers: Readonly<Record<string, PolicyCreds>> = {
  admin: caller(['admin', 'manager', 'member', 'reader']),
  'admin elsewhere': caller(['admin', 'manager', 'member', 'reader'], stranger),
  manager: caller(['manager', 'member', 'reader']),
  member: caller(['member', 'reader']),
  reader: caller(['reader']),
  service: caller(['service'], stranger),
  'manager elsewhere': caller(['manager', 'member', 'reader'], stranger),
  nobody: caller([], stranger),
  'user without roles': caller([]),
}

const admins = ['admin', 'admin elsewhere']
/** `who_by_default` of the contract, spelled out. */
const passes: Readonly<Record<string, readonly string[]>> = {
  admin: admins,
  'role admin': admins,
  'any authenticated': Object.keys(callers),
  nobody: [],
  'manager (own project), admin': [...admins, 'manager'],
  'member (own project), admin': [...admins, 'manager', 'member'],
  'reader (own project), admin': [...admins, 'manager', 'member', 'reader'],
  'role manager, own project': ['admin', 'manager'],
  'role member, own project': ['admin', 'manager', 'member'],
  'role reader, own project': ['admin', 'manager', 'member', 'reader'],
  'role service': ['service'],
  'service, admin': [...admins, 'service'],
  'the owning user, admin': [...admins, 'manager', 'member', 'reader', 'user without roles'],
}
/** `deprecated alias` says nothing of who; these two are told apart by name. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  admin_api: admins,
  admin_or_owner: [...admins, 'manager', 'member', 'reader', 'user without roles'],
}

describe('policy: every rule by every kind of caller', () => {
  let rows: readonly (readonly string[])[]

  before(function () {
    const file = contractFile(this, 'rest/policies.tsv')
    rows = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(line => line.split('\t'))
  })

  it('declares the rules of the contract, no more, no less', () => {
    const declared = policyDefaults.map(({ name, check, operations, scopeTypes, older }) => [
      name,
      check,
      scopeTypes?.join(',') ?? '-',
      operations.join('; ') || '-',
      older ? `${older.name} = ${older.check}` : '-',
    ])
    assert.equal(rows.length, 214)
    assert.deepEqual(
      declared,
      rows.map(([name, check, , scope, operations, older]) => [
        name,
        check,
        scope,
        operations,
        older,
      ]),
    )
  })

  it('lets pass whom the contract names', () => {
    const enforcer = new Enforcer()
    const target = { project_id: 'p1', user_id: 'u1' }
    for (const [rule = '', , who = ''] of rows) {
      const expected = aliases[rule] ?? passes[who]
      assert.ok(expected, `no expectation for "${who}"`)
      const found = Object.entries(callers)
        .filter(([, creds]) => enforcer.authorize(rule, target, creds))
        .map(([name]) => name)
      assert.deepEqual(found.sort(), [...expected].sort(), rule)
    }
  })

  it('refuses tokens of other scopes, unless told not to', () => {
    const strict = new Enforcer()
    const lenient = new Enforcer({ enforceScope: false })
    const system = caller(['admin'], { projectId: null, systemScope: 'all' })
    const domain = caller(['admin'], { projectId: null, domainId: 'default' })
    const rule = 'os_compute_api:os-services:list'
    assert.deepEqual(
      [strict, lenient].map(e => [system, domain].map(c => e.authorize(rule, {}, c))),
      [
        [false, false],
        [true, true],
      ],
    )
  })
})
