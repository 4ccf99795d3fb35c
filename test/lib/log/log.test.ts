import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  callerFields,
  createLogger,
  type LogConfig,
  maskText,
  maskValue,
  withLogContext,
} from '../../../lib/log/index.js'

describe('log', () => {
  const capture = (config: Partial<LogConfig> = {}) => {
    const lines: string[] = []
    const log = createLogger({
      name: 'nova.test',
      destination: { write: line => lines.push(line) },
      ...config,
    })
    return { log, lines }
  }
  /** A line without its time and process, which are as they are. */
  const rest = (line = ''): string => {
    const match = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (\d+) (.*)$/s.exec(line)
    assert.equal(match?.[1], String(process.pid))
    return match?.[2] ?? ''
  }

  it('writes lines as oslo.log does', () => {
    const { log, lines } = capture({ level: 'debug' })
    log.info({}, 'plain')
    log.debug({ host: 'a', count: 2 }, 'with fields')
    log.child({ request_id: 'req-1', instance_uuid: 'i-1' }).warn({}, 'of a request')
    assert.deepEqual(lines.map(rest), [
      'INFO nova.test [-] plain\n',
      'DEBUG nova.test [-] with fields (host=a, count=2)\n',
      'WARNING nova.test [None req-1 - - - - - -] [instance: i-1] of a request\n',
    ])
  })

  it('tells who asks, in all that is done for them', async () => {
    const { log, lines } = capture()
    const caller = {
      requestId: 'req-2',
      globalRequestId: 'req-0',
      userId: 'u',
      projectId: 'p',
      domainId: null,
      systemScope: null,
      userDomainId: 'default',
      projectDomainId: 'default',
    }
    await withLogContext(callerFields(caller), async () => {
      await Promise.resolve()
      withLogContext({ instance_uuid: 'i-2' }, () => log.info({}, 'deep inside'))
    })
    log.info({}, 'outside')
    assert.deepEqual(lines.map(rest), [
      'INFO nova.test [req-0 req-2 u p - - default default] [instance: i-2] deep inside\n',
      'INFO nova.test [-] outside\n',
    ])
  })

  it("writes an error's stack and causes, each line with its prefix", () => {
    const { log, lines } = capture()
    const error = new Error('outer', { cause: new Error('inner') })
    error.stack = 'Error: outer\n    at here'
    if (error.cause instanceof Error) error.cause.stack = 'Error: inner'
    log.error({ err: error }, 'failed')
    assert.deepEqual((lines[0] ?? '').trimEnd().split('\n').map(rest), [
      'ERROR nova.test [-] failed',
      'ERROR nova.test Error: outer',
      'ERROR nova.test     at here',
      'ERROR nova.test Caused by: Error: inner',
    ])
  })

  it('writes JSON with the same fields', () => {
    const { log, lines } = capture({ format: 'json' })
    withLogContext({ request_id: 'req-3' }, () => log.info({ count: 1 }, 'text'))
    const { time, ...record } = JSON.parse(lines[0] ?? '')
    assert.equal(typeof time, 'number')
    assert.deepEqual(record, {
      level: 30,
      pid: process.pid,
      name: 'nova.test',
      request_id: 'req-3',
      count: 1,
      msg: 'text',
    })
  })

  it('appends to its file, and says which one it cannot write', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilonova-log-'))
    try {
      const file = join(folder, 'nova.log')
      createLogger({ name: 'nova.test', file }).info({}, 'one')
      createLogger({ name: 'nova.test', file }).info({}, 'two')
      await new Promise(setImmediate) // a turn's lines are written at its end
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
      assert.deepEqual(lines.map(rest), ['INFO nova.test [-] one', 'INFO nova.test [-] two'])
      assert.throws(
        () => createLogger({ name: 'x', file: join(folder, 'no', 'x.log') }),
        /log_file: cannot write '.*no\/x\.log'/,
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('loses no line of its file when the process exits at once', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilonova-log-'))
    try {
      const file = join(folder, 'nova.log')
      const module = new URL('../../../lib/log/index.js', import.meta.url)
      const script = `
        import { createLogger } from ${JSON.stringify(module.href)}
        const log = createLogger({ name: 'nova.test', file: ${JSON.stringify(file)} })
        log.info({}, 'before')
        log.info({}, 'at the end')
        process.exit(0)`
      execFileSync(process.execPath, ['--input-type=module', '--eval', script])
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
      // The other process has a number of its own.
      const texts = lines.map(line => line.replace(/^.* \d+ INFO/, 'INFO'))
      assert.deepEqual(texts, ['INFO nova.test [-] before', 'INFO nova.test [-] at the end'])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('hides secrets in fields, texts and errors', () => {
    const { log, lines } = capture({ format: 'json' })
    log.info(
      {
        body: { server: { adminPass: 's3cret', name: 'x' } },
        headers: { 'X-Auth-Token': 's3cret' },
      },
      'took {"adminPass": "s3cret", "name": "x"} from mysql://nova:s3cret@db/nova',
    )
    log.child({ auth_token: 's3cret' }).error({ err: new Error('password=s3cret') }, 'x')
    assert.ok(!lines.join('').includes('s3cret'))
    const { body, headers, msg } = JSON.parse(lines[0] ?? '')
    assert.deepEqual(body, { server: { adminPass: '***', name: 'x' } })
    assert.deepEqual(headers, { 'X-Auth-Token': '***' })
    assert.equal(msg, 'took {"adminPass": ***, "name": "x"} from mysql://nova:***@db/nova')
  })

  for (const [text, masked] of [
    ['password=abc, next', 'password=***, next'],
    ['--os-password abc x', '--os-password *** x'],
    ["{'auth_token': u'abc'}", "{'auth_token': u***}"],
    ['X-Auth-Token: gAAAA-bcd', 'X-Auth-Token: ***'],
    ['rabbit://a:one@h:1,b:two@i:2/v', 'rabbit://a:***@h:1,b:***@i:2/v'],
    ['the key_name is mine', 'the key_name is mine'],
    ['nothing to see', 'nothing to see'],
  ] as const) {
    it(`masks ${text}`, () => assert.equal(maskText(text), masked))
  }

  it('masks any value without failing', () => {
    fc.assert(fc.property(fc.jsonValue(), value => void maskValue(value)))
    const circle: Record<string, unknown> = {}
    circle.self = circle
    assert.doesNotThrow(() => JSON.stringify(maskValue(circle)))
  })
})
