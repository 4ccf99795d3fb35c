import { hostname } from 'node:os'
import { compileDate } from './format-string.js'
import { extraOf, identityOf, levelOf, readRecord, stackOf } from './record.js'

/**
 * Makes of pino's JSON what oslo.log's JSON formatter writes, one object a line: its names for what there
 * is here. Files, functions and threads there are not; what a call gave beside its text is `extra`.
 */
export const jsonFormatter = (dateFormat: string): ((json: string) => string) => {
  const date = compileDate(dateFormat)
  const host = hostname()
  return json => {
    const record = readRecord(json)
    if (!record) return json
    const time = new Date(Number(record.time))
    const { name: levelname, number: levelno } = levelOf(record)
    const stack = stackOf(record)
    const message = {
      message: record.msg ?? '',
      asctime: date(time),
      name: record.name,
      msg: record.msg ?? '',
      args: [],
      levelname,
      levelno,
      created: time.getTime() / 1000,
      msecs: time.getMilliseconds(),
      process: record.pid,
      process_name: 'MainProcess',
      traceback: stack ? stack.split('\n') : null,
      hostname: host,
      error_summary: levelno >= 30 ? (stack.split('\n', 1)[0] ?? '') : '',
      context: record.request_id
        ? {
            request_id: record.request_id,
            global_request_id: record.global_request_id ?? null,
            user_identity: record.user_identity ?? '- - - - - -',
            ...identityOf(record),
          }
        : {},
      extra: {
        ...extraOf(record),
        ...(record.instance_uuid ? { instance: record.instance_uuid } : {}),
      },
    }
    return `${JSON.stringify(message)}\n`
  }
}
