import type { Packages } from '../packages.js'
import { basicAuth } from './basic-auth.js'
import { cascadeFactory } from './cascade.js'
import { configFilter } from './config-filter.js'
import { errorCatcher, errorDocument, httpExceptions } from './error-filters.js'
import { gzipFilter } from './gzip.js'
import { httpServer } from './http-server.js'
import { lint, transLogger } from './logging.js'
import { prefixFilter } from './prefix.js'
import { staticApp } from './static.js'
import { testApp } from './test-app.js'
import { urlmapFactory } from './urlmap.js'

/** What `egg:Paste#…` and `egg:PasteDeploy#…` name. */
export const stockPackages: Packages = {
  Paste: {
    'paste.composite_factory': { urlmap: urlmapFactory, cascade: cascadeFactory },
    'paste.app_factory': { static: staticApp, test: testApp },
    'paste.filter_factory': {
      gzip: gzipFilter,
      httpexceptions: httpExceptions,
      error_catcher: errorCatcher,
      evalerror: errorCatcher,
      errordocument: errorDocument,
      translogger: transLogger,
      lint,
      auth_basic: basicAuth,
    },
    'paste.server_runner': { http: httpServer },
  },
  PasteDeploy: {
    'paste.filter_factory': { config: configFilter, prefix: prefixFilter },
  },
}

/** What Paste has and this has not: what does the same here. */
export const insteadOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  paste: {
    auth_tkt: 'use a session middleware, such as egg:cookie-session or egg:express-session',
    auth_digest: 'digests are no longer safe; use egg:Paste#auth_basic behind TLS',
    cgitb: 'use egg:Paste#error_catcher',
    grantip: 'use a middleware that reads req.ip, such as egg:express-ipfilter',
    printdebug: "'paster request FILE URL' prints what every filter did",
    profile: "'node --cpu-prof' profiles, and a Server-Timing header times each section",
    proxy: 'use egg:http-proxy-middleware',
    recursive: 'pass the request on with another req.url, or use egg:Paste#errordocument',
    registry:
      'AsyncLocalStorage of node:async_hooks is made for it; so is CONFIG of kilonova/paste',
    session: 'use egg:express-session',
    cookie: 'use egg:cookie-parser',
    watch_threads: 'Node has one thread; a Server-Timing header times each section',
    pointfinder: "use 'paster describe egg:PACKAGE#NAME'",
  },
}
