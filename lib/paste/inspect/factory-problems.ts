import { messageOf } from '../../util/message-of.js'
import { reportOptions } from '../checked-options.js'
import { declarationFor, declarationsOf } from '../declared-options.js'
import { PasteError } from '../errors.js'
import { middlewareOf } from '../middleware.js'
import { notCallable } from '../not-callable.js'
import type { FactoryPlan } from '../plan.js'
import { isSecretName } from '../secrets.js'
import { parseMount } from '../stock/mount.js'
import { warningAt } from '../warnings.js'
import type { Collected } from './collected.js'

/** Whether it can be called, and with what its section says. */
export const lookAtFactory = (plan: FactoryPlan, told: Collected): void => {
  const { factory, reference } = plan
  if (typeof factory !== 'function') {
    told.wrong(notCallable(plan))
    return
  }
  const { errors, warnings } = reportOptions(factory, factory.name || reference, plan)
  for (const error of errors) told.wrong(error)
  for (const warning of warnings) told.warn(warning)
  lookForSecrets(plan, told)
}

const lookForSecrets = ({ factory, options }: FactoryPlan, told: Collected): void => {
  const declared = middlewareOf(factory)?.declared ?? declarationsOf(factory) ?? {}
  for (const [key, { value, source, secret }] of options) {
    const declaration = declarationFor(declared, key)
    const isText = (declaration?.type ?? 'text') === 'text'
    const isSecret = declaration?.secret ?? (isText && isSecretName(key))
    if (!isSecret || secret || !source || value === '') continue
    const text = `'${key}' looks like a secret and stands here for everybody to read; write ${key} = %(env:NAME)s or %(file:/path)s`
    told.warn(warningAt('plain-secret', source, text))
  }
}

/** Two mounts that come to the same: the later one takes everything. */
export const lookAtMounts = (plan: FactoryPlan, told: Collected): void => {
  const { options, chain } = plan
  const declared = declarationsOf(plan.factory) ?? {}
  // a cascade names its applications by words, a map by paths
  const isMap = [...options.keys()].some(key => key.startsWith('/'))
  const seen = new Map<string, string>()
  for (const [key, { source }] of options) {
    if (!isMap || Object.hasOwn(declared, key) || !declarationFor(declared, key)) continue
    try {
      const mount = parseMount(key)
      const normal = `${mount.domain} ${mount.path}`
      const earlier = seen.get(normal)
      if (earlier !== undefined && source) {
        const text = `the mounts '${earlier}' and '${key}' are one and the same; nothing ever reaches the first`
        told.warn(warningAt('unreachable-mount', source, text))
      }
      seen.set(normal, key)
    } catch (error) {
      const text = messageOf(error)
      told.wrong(
        new PasteError('factory-refused', `${text}.`, { at: source, chain, suggestion: `/${key}` }),
      )
    }
  }
}
