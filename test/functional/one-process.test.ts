import { needsPrograms } from '../support/clients.js'
import { Cloud } from '../support/cloud.js'
import { clientSession } from './client-session.js'
import { computeCommands } from './compute-commands.js'

describe('a cloud in one process, driven by real clients', function () {
  this.timeout(120_000)
  let cloud: Cloud | undefined

  before(async function () {
    needsPrograms(this, 'openstack', 'nova')
    cloud = await Cloud.start({ computeNodes: 2 })
  })
  after(() => cloud?.stop())

  clientSession(() => ({ env: cloud?.env ?? {} }))
  describe('by every command of compute', () => {
    computeCommands(() => ({ env: cloud?.env ?? {} }))
  })
})
