import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PolicyNotAuthorized } from '../../../lib/exception/index.js'
import { Enforcer, type PolicyCreds, PolicyFileError } from '../../../lib/policy/index.js'

const member: PolicyCreds = {
  userId: 'u1',
  projectId: 'p1',
  domainId: null,
  systemScope: null,
  roles: ['Member', 'reader'],
  isAdmin: false,
  isAdminProject: true,
}

const passes = (
  check: string,
  target: Readonly<Record<string, unknown>> = {},
  creds: PolicyCreds = member,
): boolean =>
  new Enforcer({
    defaults: [
      { name: 'x', check, operations: [] },
      { name: 'yes', check: '@', operations: [] },
      { name: 'no', check: '!', operations: [] },
    ],
  }).authorize('x', target, creds)

describe('policy: the language', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['@', true],
    ['!', false],
    ['role:member', true],
    ['role:MEMBER', true],
    ['role:admin', false],
    ['rule:yes', true],
    ['rule:missing', false],
    ['not rule:no', true],
    ['not not rule:no', false],
    ['rule:no and rule:no or rule:yes', true],
    ['rule:no and (rule:no or rule:yes)', false],
    ['rule:yes or rule:yes and rule:no', true],
    ['not rule:no and rule:yes', true],
    ['not (rule:no or rule:yes)', false],
    ['((rule:yes))', true],
    ['rule:yes AND NOT rule:no', true],
    ['is_admin:True', false],
    ['is_admin:False', true],
    ['is_admin_project:True', true],
    ['project_id:%(project_id)s', true],
    ['project_id:%(other)s', false],
    ['user_id:%(owner.id)s', true],
    ['user_id:%(owner.name)s', false],
    ['system_scope:all', false],
    ['system_scope:None', true],
    ["'p1':%(project_id)s", true],
    ['"p2":%(project_id)s', false],
    ['True:%(shared)s', true],
    ['unknown_credential:None', false],
    ['domain_id:%(nothing)s', false],
    ['project_id:p%(number)s', true],
  ]
  for (const [check, expected] of cases) {
    it(`${check || '(empty)'} is ${expected}`, () => {
      const target = {
        project_id: 'p1',
        owner: { id: 'u1' },
        shared: true,
        nothing: null,
        number: 1,
      }
      assert.equal(passes(check, target), expected)
    })
  }

  const bad: readonly (readonly [string, string])[] = [
    ['role:a and', '"role:a and": found the end, expected a check such as "role:x"'],
    ['(role:a', '"(role:a": found the end, expected ")"'],
    ['role:a)', '"role:a)": found ")", expected the end, "and" or "or"'],
    ['role:a role:b', '"role:a role:b": found "role:b", expected the end, "and" or "or"'],
    ['admin', '"admin": expected kind:value, @ or !'],
    ['http://x/y', '"http://x/y": rules that ask another server are not supported'],
  ]
  for (const [check, message] of bad) {
    it(`refuses ${check}`, () => {
      assert.throws(() => passes(check), {
        name: 'PolicyFileError',
        message: `the built-in rules: rule x: ${message}`,
      })
    })
  }

  it('refuses a depth that nobody means', () => {
    assert.throws(() => passes(`${'('.repeat(5000)}@${')'.repeat(5000)}`), PolicyFileError)
    assert.throws(() => passes(`${'not '.repeat(50_000)}@`), PolicyFileError)
  })
})

describe('policy: files', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-policy-'))
    file = join(folder, 'policy.yaml')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const stop = 'os_compute_api:servers:stop'
  const own = { project_id: 'p1' }

  it('names the refused rule in a 403', () => {
    const error = new Enforcer().forbidden(stop)
    assert.ok(error instanceof PolicyNotAuthorized)
    assert.equal(error.code, 403)
    assert.equal(error.message, `Policy doesn't allow ${stop} to be performed.`)
  })

  it('lets a file override rules and add its own', () => {
    writeFileSync(file, `# mine\n"${stop}": "rule:mine"\nmine: [["role:member", "user_id:u1"]]\n`)
    const enforcer = new Enforcer({ policyFile: file })
    assert.equal(enforcer.authorize(stop, { project_id: 'other' }, member), true)
    assert.equal(enforcer.authorize('os_compute_api:servers:start', own, member), true)
  })

  it('reads JSON and folders of files, later names winning', () => {
    writeFileSync(join(folder, '10.json'), JSON.stringify({ [stop]: '!' }))
    writeFileSync(join(folder, '20.yaml'), `"${stop}": "@"\n`)
    writeFileSync(join(folder, 'notes.txt'), 'not a policy')
    const enforcer = new Enforcer({ policyDirs: [folder] })
    assert.equal(enforcer.authorize(stop, {}, member), true)
  })

  it('ignores a file that is empty or absent', () => {
    assert.equal(new Enforcer({ policyFile: file }).authorize(stop, own, member), true)
    writeFileSync(file, '# nothing here\n')
    assert.equal(new Enforcer({ policyFile: file }).authorize(stop, own, member), true)
  })

  it('reloads a changed file, looking at most once a second', () => {
    let now = 0
    writeFileSync(file, `"${stop}": "!"\n`)
    const problems: string[] = []
    const enforcer = new Enforcer({
      policyFile: file,
      now: () => now,
      onProblem: message => problems.push(message),
    })
    const ask = (): boolean => enforcer.authorize(stop, own, member)
    assert.equal(ask(), false)

    writeFileSync(file, `"${stop}": "@" # changed\n`)
    utimesSync(file, 1, 1)
    assert.equal(ask(), false)
    now += 1000
    assert.equal(ask(), true)

    writeFileSync(file, `"${stop}": "oops"\n`)
    now += 1000
    assert.equal(ask(), true)
    now += 1000
    assert.equal(ask(), true)
    assert.deepEqual(problems, [
      `policy not reloaded: ${file}:1: rule ${stop}: "oops": expected kind:value, @ or !`,
    ])

    rmSync(file)
    now += 1000
    assert.equal(ask(), true)
    assert.equal(enforcer.authorize(stop, { project_id: 'other' }, member), false)
  })

  const faulty: readonly (readonly [string, string, string])[] = [
    ['a list', '- a\n', ':1: expected a map of rule names to checks'],
    ['broken YAML', 'a: "b\n', ':2: Missing closing "quote at line 2, column 1:'],
    ['a number', 'a: "@"\nb: 7\n', ':2: rule b: 7: expected a rule, a text or a list of lists'],
    ['a circle', 'a: rule:b\nb: not rule:a\n', ':1: rules refer in a circle: a -> b -> a'],
    ['a key twice', 'a: "@"\na: "!"\n', ':2: Map keys must be unique at line 2, column 1:'],
  ]
  for (const [what, content, message] of faulty) {
    it(`refuses ${what}, naming file and line`, () => {
      writeFileSync(file, content)
      assert.throws(() => new Enforcer({ policyFile: file }), {
        name: 'PolicyFileError',
        message: `${file}${message}`,
      })
    })
  }

  it('warns of references to nothing, and lets the default rule stand in', () => {
    writeFileSync(file, `"${stop}": "rule:gone"\n`)
    const problems: string[] = []
    const onProblem = (message: string): unknown => problems.push(message)
    assert.equal(new Enforcer({ policyFile: file, onProblem }).authorize(stop, {}, member), false)
    assert.deepEqual(problems, ['rule "gone" is referred to, but not defined'])
    writeFileSync(file, `"${stop}": "rule:gone"\ndefault: "@"\n`)
    assert.equal(new Enforcer({ policyFile: file }).authorize(stop, {}, member), true)
  })

  describe('older rules', () => {
    const list = 'os_compute_api:os-services:list'
    const admin = { ...member, roles: [], isAdmin: true }

    it('count only without enforce_new_defaults', () => {
      assert.equal(new Enforcer().authorize(list, {}, admin), false)
      assert.equal(new Enforcer({ enforceNewDefaults: false }).authorize(list, {}, admin), true)
    })

    it("go on working under an operator's own check for the old name", () => {
      writeFileSync(file, '"os_compute_api:os-services": "role:member"\n')
      assert.equal(new Enforcer({ policyFile: file }).authorize(list, {}, member), true)
    })

    it('give way to the new name, and to an alias of it', () => {
      writeFileSync(file, `"os_compute_api:os-services": "@"\n"${list}": "!"\n`)
      assert.equal(new Enforcer({ policyFile: file }).authorize(list, {}, member), false)
      writeFileSync(file, `"os_compute_api:os-services": "rule:${list}"\n`)
      assert.equal(new Enforcer({ policyFile: file }).authorize(list, {}, member), false)
    })
  })

  it('takes rules of extensions, once', () => {
    const enforcer = new Enforcer()
    const mine = { name: 'mine', check: 'role:member', operations: ['GET /mine'] }
    enforcer.register([mine])
    assert.equal(enforcer.authorize('mine', {}, member), true)
    assert.throws(() => enforcer.register([mine]), /policy rule mine exists already/)
  })
})
