import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { compileDate } from '../../../lib/log/format-string.js'
import {
  callerFields,
  createLogger,
  type LogConfig,
  maskText,
  maskValue,
  osloFormats,
  partOf,
  readLevels,
  setLevels,
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

  it("writes oslo.log's JSON", () => {
    const { log, lines } = capture({ format: 'json' })
    const about = { request_id: 'req-3', user_identity: 'u p - - default -', instance_uuid: 'i-3' }
    withLogContext(about, () => log.info({ count: 1 }, 'text'))
    const error = new Error('no')
    error.stack = 'Error: no\n    at here'
    log.error({ err: error }, 'failed')
    const [first, second] = lines.map(line => {
      const { asctime, created, msecs, ...record } = JSON.parse(line)
      assert.match(asctime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      assert.equal(Math.round((created % 1) * 1000), msecs)
      return record
    })
    const record = {
      name: 'nova.test',
      args: [],
      process: process.pid,
      process_name: 'MainProcess',
      hostname: hostname(),
    }
    assert.deepEqual(first, {
      ...record,
      message: 'text',
      msg: 'text',
      levelname: 'INFO',
      levelno: 20,
      traceback: null,
      error_summary: '',
      context: {
        request_id: 'req-3',
        global_request_id: null,
        user_identity: 'u p - - default -',
        user: 'u',
        project: 'p',
        domain: null,
        system_scope: null,
        user_domain: 'default',
        project_domain: null,
      },
      extra: { count: 1, instance: 'i-3' },
    })
    assert.deepEqual(second, {
      ...record,
      message: 'failed',
      msg: 'failed',
      levelname: 'ERROR',
      levelno: 40,
      traceback: ['Error: no', '    at here'],
      error_summary: 'Error: no',
      context: {},
      extra: {},
    })
  })

  it('writes lines as it is told to', () => {
    const { log, lines } = capture({
      formats: {
        ...osloFormats,
        log_date_format: '%d.%m.%y%%',
        logging_context_format_string:
          '%(levelname)-8s|%(process)08d|%(user_identity)s|%(project)s|%(instance)s%(message)s|%(nothing)s',
        logging_default_format_string: '%(asctime)s %(message)s 100%%',
        logging_exception_prefix: '! ',
        logging_user_identity_format: '%(user)s@%(user_domain)s',
        instance_uuid_format: '<%(uuid)s> ',
      },
    })
    const error = new Error('no')
    error.stack = 'Error: no'
    log.error({ err: error }, 'plain')
    const about = { request_id: 'req-4', user_identity: 'u p - - d d', instance_uuid: 'i-4' }
    withLogContext(about, () => log.info({}, 'asked'))
    assert.match(lines[0] ?? '', /^\d\d\.\d\d\.\d\d% plain 100%\n! Error: no\n$/)
    const pid = String(process.pid).padStart(8, '0')
    assert.equal(lines[1], `INFO    |${pid}|u@d|p|<i-4> asked|-\n`)
  })

  it('writes times as strftime does', () => {
    const time = new Date(2026, 1, 3, 15, 4, 5, 67)
    for (const [format, written] of [
      ['%Y-%m-%dT%H:%M:%S', '2026-02-03T15:04:05'],
      ['%F %T', '2026-02-03 15:04:05'],
      ['%a %A %b %B %j', 'Tue Tuesday Feb February 034'],
      ['%I %p, %f', '03 PM, 067000'],
      ['%Q stays', '%Q stays'],
    ] as const) {
      assert.equal(compileDate(format)(time), written)
    }
    assert.match(compileDate('%z')(time), /^[+-]\d{4}$/)
  })

  it('has parts with names and levels of their own, which may change', () => {
    const { parts, wrong } = readLevels([
      'nova.scheduler=DEBUG',
      'nova.scheduler.quiet = ERROR',
      'oslo=warn',
      'nonsense',
      'a=LOUD',
    ])
    assert.deepEqual(wrong, ['nonsense', 'a=LOUD'])
    const { log, lines } = capture({ levels: parts })
    const names = [
      'nova.scheduler.host_manager',
      'nova.scheduler.quiet',
      'oslo.messaging',
      'nova.x',
    ]
    const speak = (): readonly string[] => {
      lines.length = 0
      for (const name of names) {
        const part = partOf(log, name)
        part.debug({}, 'd')
        part.info({}, 'i')
        part.warn({}, 'w')
      }
      return lines.map(line => rest(line).trimEnd())
    }
    assert.deepEqual(speak(), [
      'DEBUG nova.scheduler.host_manager [-] d',
      'INFO nova.scheduler.host_manager [-] i',
      'WARNING nova.scheduler.host_manager [-] w',
      'WARNING oslo.messaging [-] w',
      'INFO nova.x [-] i',
      'WARNING nova.x [-] w',
    ])
    setLevels(log, { level: 'error', parts: new Map([['nova.x', 'warn']]) })
    assert.deepEqual(speak(), ['WARNING nova.x [-] w'])
    // of a part as of the whole
    setLevels(partOf(log, 'nova.x'), { level: 'warn' })
    log.info({}, 'silent')
    assert.equal(speak().length, 4)
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
    const {
      extra: { body, headers },
      msg,
    } = JSON.parse(lines[0] ?? '')
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
