import { filterFactory } from '../declare.js'
import { lintFilter } from '../lint.js'

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (number: number): string => String(number).padStart(2, '0')

/** `10/Oct/2000:13:55:36 +0000` */
const apacheTime = (time: Date): string =>
  `${two(time.getUTCDate())}/${months[time.getUTCMonth()]}/${time.getUTCFullYear()}:${two(time.getUTCHours())}:${two(time.getUTCMinutes())}:${two(time.getUTCSeconds())} +0000`

/** A header may hold what ends a line or a quote. */
const quoted = (text: string | undefined): string =>
  text ? `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[^\x20-\x7e]/g, '?')}"` : '"-"'

/** `egg:Paste#translogger`: a line of Apache's combined format for each answer, on standard output. */
export const transLogger = filterFactory(
  {
    name: 'translogger',
    doc: 'A line for each answer, as Apache writes them.',
    options: {
      logger_name: { ignored: 'lines go to standard output' },
      format: { ignored: 'the format is the combined one; egg:morgan takes others' },
      logging_level: { ignored: 'every answer has its line' },
      setup_console_handler: { ignored: 'lines go to standard output' },
      set_logger_level: { ignored: 'every answer has its line' },
    },
  },
  () => app =>
    function translogger(req, res, next) {
      const { method, httpVersion, headers } = req
      const url = req.originalUrl ?? req.url
      const begun = new Date()
      res.once('close', () => {
        const length = res.getHeader('content-length') ?? '-'
        const request = quoted(`${method} ${url} HTTP/${httpVersion}`)
        const agent = `${quoted(headers.referer)} ${quoted(headers['user-agent'])}`
        console.log(
          `${req.socket.remoteAddress ?? '-'} - - [${apacheTime(begun)}] ${request} ${res.statusCode} ${length} ${agent}`,
        )
      })
      app(req, res, next)
    },
)

/** `egg:Paste#lint`: tells on standard error where what is further in breaks the contract of an app. */
export const lint = filterFactory(
  {
    name: 'lint',
    doc: 'Tells where what is further in breaks the contract of an app.',
    options: {},
  },
  () => lintFilter(error => console.error(error.message)),
)
