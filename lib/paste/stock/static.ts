import { resolve } from 'node:path'
import express from 'express'
import { appFactory } from '../declare.js'
import type { App } from '../types.js'

/**
 * `egg:Paste#static`: the files of a folder. A folder gives its `index.html`; nothing above the root is
 * served, nor what begins with a dot.
 *
 *     [app:files]
 *     use = egg:Paste#static
 *     # a relative one begins at the folder of the ini
 *     document_root = %(here)s/public
 *     # seconds
 *     cache_max_age = 3600
 */
export const staticApp = appFactory(
  {
    name: 'static',
    doc: 'Serves the files of a folder.',
    options: {
      document_root: { required: true, doc: 'the folder' },
      cache_max_age: { type: 'int', min: 0, default: 0, doc: 'seconds a client may keep a file' },
    },
  },
  (globalConf, { document_root: root, cache_max_age: seconds }): App => {
    const serve = express.static(resolve(globalConf.here ?? '.', root), {
      maxAge: seconds * 1000,
      dotfiles: 'ignore',
    })
    return (req, res, next) => serve(req, res, next)
  },
)
