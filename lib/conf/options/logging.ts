import { osloFormats } from '../../log/index.js'
import { bool, list, str } from '../kinds.js'

/** [DEFAULT]: what a process logs, how, and where to. */
export const loggingOptions = {
  debug: bool({ default: false, mutable: true, help: 'Log at level DEBUG rather than INFO.' }),
  default_log_levels: list({
    default: [],
    mutable: true,
    help:
      'Pairs name=LEVEL that set the level of a part and of what is below it, whatever debug says: ' +
      'nova.scheduler=DEBUG, oslo.messaging=WARNING. The names are in the lines.',
  }),
  log_file: str({
    deprecated: ['logfile'],
    help: 'File to log to; without it, stderr. One that is moved away is made anew.',
  }),
  log_dir: str({
    deprecated: ['logdir'],
    help: 'Folder that log_file is relative to; without a log_file, NAME.log in it.',
  }),
  use_stderr: bool({ default: false, help: 'Log to stderr beside a file.' }),
  use_json: bool({ default: false, help: "Log oslo.log's JSON, one object a line." }),
  log_date_format: str({
    default: osloFormats.log_date_format,
    help: "How times look, in strftime's letters.",
  }),
  logging_context_format_string: str({
    default: osloFormats.logging_context_format_string,
    help: 'How a line looks that belongs to a request.',
  }),
  logging_default_format_string: str({
    default: osloFormats.logging_default_format_string,
    help: 'How any other line looks.',
  }),
  logging_exception_prefix: str({
    default: osloFormats.logging_exception_prefix,
    help: "What precedes each line of an error's stack.",
  }),
  logging_user_identity_format: str({
    default: osloFormats.logging_user_identity_format,
    help: 'What %(user_identity)s stands for.',
  }),
  instance_uuid_format: str({
    default: osloFormats.instance_uuid_format,
    help: 'What %(instance)s stands for in a line about a server.',
  }),
  logging_debug_format_suffix: str({
    default: '%(funcName)s %(pathname)s:%(lineno)d',
    help: 'Not supported; read and ignored: lines do not know where they were written.',
  }),
  instance_format: str({
    default: '[instance: %(uuid)s] ',
    help: 'Not supported; read and ignored: servers are named by instance_uuid_format.',
  }),
  watch_log_file: bool({
    default: false,
    help: 'Not needed; read and ignored: a file that was moved away is always made anew.',
  }),
  log_config_append: str({
    deprecated: ['log_config'],
    help: "Not supported; read and ignored: a file of Python's logging means nothing here.",
  }),
  use_syslog: bool({ default: false, help: 'Not supported; read and ignored.' }),
  use_journal: bool({ default: false, help: 'Not supported; read and ignored.' }),
  publish_errors: bool({ default: false, help: 'Not supported; read and ignored.' }),
} as const
