import assert from 'node:assert/strict'
import { ConsoleTypeInvalid, ConsoleTypeUnavailable } from '../../lib/exception/index.js'
import { ConsoleAuthToken, Instance } from '../../lib/objects/index.js'
import { addServer, type TestUser } from '../../lib/testing/index.js'
import { eachWithApi } from '../support/api.js'
import { withCompute } from '../support/compute-stub.js'

describe('consoles of servers', () => {
  const as = eachWithApi()

  const url = (type: unknown) => `http://127.0.0.1:6080/?token=${type}`
  const open = ({ console_type: type }: Readonly<Record<string, unknown>>) => ({
    token: 't',
    host: 'h',
    port: 1,
    internal_access_path: null,
    access_url: url(type),
  })
  const methods = {
    get_vnc_console: open,
    get_spice_console: open,
    get_serial_console: open,
    get_mks_console: open,
  }
  const server = async (values: Parameters<typeof addServer>[1] = {}) =>
    (await addServer(as.current(), { host: 'one', node: 'one', ...values })).uuid
  const remote = (uuid: string, protocol: string, type: string, version = '2.104') =>
    as('member', version).post(`/servers/${uuid}/remote-consoles`, {
      remote_console: { protocol, type },
    })
  const act = (uuid: string, name: string, type: string, version = '2.1') =>
    as('member', version).post(`/servers/${uuid}/action`, { [name]: { type } })

  it('are told by protocol from 2.6 on, of the types of each version', async () => {
    const uuid = await server()
    const asked = await withCompute(as.current(), methods, async () => {
      for (const [protocol, type, from] of [
        ['vnc', 'novnc', '2.6'],
        ['spice', 'spice-html5', '2.6'],
        ['serial', 'serial', '2.6'],
        ['mks', 'webmks', '2.8'],
        ['spice', 'spice-direct', '2.99'],
      ] as const) {
        await remote(uuid, protocol, type, from).expect(200, {
          remote_console: { protocol, type, url: url(type) },
        })
      }
    })
    assert.deepEqual(
      asked.map(name => name.split('_')[1]),
      ['vnc', 'spice', 'serial', 'mks', 'spice'],
    )
    await remote(uuid, 'vnc', 'novnc', '2.5').expect(404)
    await remote(uuid, 'mks', 'webmks', '2.7').expect(400)
    await remote(uuid, 'spice', 'spice-direct', '2.98').expect(400)
    await remote(uuid, 'rdp', 'rdp-html5', '2.6').expect(400)
    await remote(uuid, 'telnet', 'novnc').expect(400)
    await as('member', '2.6').post(`/servers/${uuid}/remote-consoles`, {}).expect(400)
    for (const [user, status] of [
      ['reader', 403],
      ['other', 404],
    ] as const) {
      await as(user, '2.6')
        .post(`/servers/${uuid}/remote-consoles`, {
          remote_console: { protocol: 'vnc', type: 'novnc' },
        })
        .expect(status)
    }
  })

  it('are told by actions up to 2.5', async () => {
    const uuid = await server()
    await withCompute(as.current(), methods, async () => {
      for (const [name, type] of [
        ['os-getVNCConsole', 'novnc'],
        ['os-getSPICEConsole', 'spice-html5'],
        ['os-getSerialConsole', 'serial'],
      ] as const) {
        await act(uuid, name, type, '2.5').expect(200, { console: { type, url: url(type) } })
        await act(uuid, name, type, '2.6').expect(404)
        await act(uuid, name, 'other').expect(400)
      }
    })
    await act(uuid, 'os-getRDPConsole', 'rdp-html5').expect(400)
    await act(uuid, 'os-getRDPConsole', 'rdp-html5', '2.6').expect(404)
  })

  it('tell what the host refuses, and by which status', async () => {
    const uuid = await server()
    await withCompute(
      as.current(),
      {
        get_vnc_console: ({ console_type }) => {
          throw new ConsoleTypeInvalid({ console_type })
        },
        get_serial_console: ({ console_type }) => {
          throw new ConsoleTypeUnavailable({ console_type })
        },
      },
      async () => {
        await remote(uuid, 'vnc', 'xvpvnc').expect(400, {
          badRequest: { code: 400, message: 'Invalid console type xvpvnc' },
        })
        await remote(uuid, 'serial', 'serial').expect(400, {
          badRequest: { code: 400, message: 'Unavailable console type serial.' },
        })
      },
    )
  })

  it('are not for servers without a host, on their way out, or on their way to another', async () => {
    const none = await server({ host: null, node: null })
    await remote(none, 'vnc', 'novnc').expect(409, {
      conflictingRequest: { code: 409, message: `Instance ${none} is not ready` },
    })
    for (const taskState of ['deleting', 'migrating']) {
      const uuid = await server({ taskState })
      const message = `Cannot 'get_vnc_console' instance ${uuid} while it is in task_state ${taskState}`
      await remote(uuid, 'vnc', 'novnc').expect(409, {
        conflictingRequest: { code: 409, message },
      })
    }
  })

  describe('/os-console-auth-tokens/{token}', () => {
    const tokenOf = async (consoleType: string, ttl = 600) => {
      const { context } = as.current()
      const instanceUuid = await server()
      const token = new ConsoleAuthToken(context, {
        consoleType,
        host: 'h',
        port: 5900,
        internalAccessPath: null,
        instanceUuid,
        accessUrlBase: 'http://127.0.0.1:6080/vnc_auto.html?a=1',
      })
      return { token: await token.authorize(ttl), instanceUuid, object: token }
    }
    const show = (token: string, version = '2.104', user: TestUser = 'admin') =>
      as(user, version).get(`/os-console-auth-tokens/${token}`)

    it('tells what a token opens, as often as asked, while it is good', async () => {
      const { token, instanceUuid, object } = await tokenOf('novnc')
      const told = {
        instance_uuid: instanceUuid,
        host: 'h',
        port: 5900,
        internal_access_path: null,
      }
      assert.equal(
        object.accessUrl,
        `http://127.0.0.1:6080/vnc_auto.html?a=1&path=%3Ftoken%3D${token}`,
      )
      await show(token, '2.31').expect(200, { console: told })
      await show(token).expect(200, { console: told })
      await show(token, '2.30').expect(400)
      await show(token, '2.31', 'member').expect(403)
      await show(`${token}0`).expect(404, {
        itemNotFound: { code: 404, message: 'Token not found' },
      })
      const ended = await tokenOf('novnc', 0)
      await show(ended.token).expect(404)
      const direct = await tokenOf('spice-direct')
      assert.equal((await show(direct.token)).body.console.tls_port, null)
      assert.ok(!('tls_port' in (await show(direct.token, '2.98')).body.console))
    })

    it('forgets tokens that ended, and those of servers that went', async () => {
      const { context } = as.current()
      const ended = await tokenOf('novnc', 0)
      const { token, instanceUuid } = await tokenOf('novnc')
      const gone = await tokenOf('serial')
      await ConsoleAuthToken.cleanExpiredConsoleAuths(context)
      await show(token).expect(200)
      await (await Instance.getByUuid(context, instanceUuid)).destroy()
      await show(token).expect(404)
      await ConsoleAuthToken.cleanConsoleAuthsForInstance(context, gone.instanceUuid)
      await show(gone.token).expect(404)
      const rows = await as
        .current()
        .process.data.cell.kysely.selectFrom('console_auth_tokens')
        .select('instance_uuid')
        .execute()
      assert.deepEqual(rows, [], `${ended.instanceUuid} is left`)
    })
  })
})
