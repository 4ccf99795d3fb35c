import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTestApi } from '../../lib/testing/index.js'
import { clientOf, eachWithApi } from '../support/api.js'

describe('/os-baremetal-nodes', () => {
  const as = eachWithApi()

  it('is for nobody to use where there is no Ironic', async () => {
    for (const path of ['/os-baremetal-nodes', '/os-baremetal-nodes/n1']) {
      await as('member').get(path).expect(403)
      await as('admin').get(path).expect(501)
      await as('admin', '2.35').get(path).expect(501)
      await as('admin', '2.36').get(path).expect(404)
    }
  })

  it('changes nothing: that is Ironic’s', async () => {
    const message = (command: string) => ({
      badRequest: {
        code: 400,
        message: `Command Not supported. Please use Ironic command ${command} to perform this action.`,
      },
    })
    const admin = as('admin')
    await admin.post('/os-baremetal-nodes', {}).expect(400, message('node-create'))
    await admin.delete('/os-baremetal-nodes/n1').expect(400, message('node-delete'))
    const act = (body: object, version = '2.35') =>
      as('admin', version).post('/os-baremetal-nodes/n1/action', body)
    await act({ add_interface: {} }).expect(400, message('port-create'))
    await act({ remove_interface: {} }).expect(400, message('port-delete'))
    await act({ add_interface: {} }, '2.36').expect(404)
    await as('admin', '2.36').post('/os-baremetal-nodes', {}).expect(404)
    await as('admin', '2.36').delete('/os-baremetal-nodes/n1').expect(404)
  })

  describe('with an Ironic', () => {
    const node = (uuid: string, values: object = {}) => ({
      uuid,
      provision_state: 'active',
      instance_uuid: null,
      properties: { cpus: 8, memory_mb: '16384', local_gb: 100 },
      ...values,
    })
    /** Two pages of nodes, ports of one of them. */
    const answers: Readonly<Record<string, object>> = {
      '/v1/nodes/detail': { nodes: [node('n1')], next: 'http://ironic/v1/nodes/detail?marker=n1' },
      '/v1/nodes/detail?marker=n1': { nodes: [node('n2', { properties: {} })] },
      '/v1/nodes/n1': node('n1', { instance_uuid: 'u1' }),
      '/v1/nodes/n1/ports': { ports: [{ address: '52:54:00:00:00:01' }] },
    }
    let server: Server
    let url = ''
    before(done => {
      server = createServer((req, res) => {
        const answer = answers[req.url ?? '']
        res.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
        res.end(JSON.stringify(answer ?? { error_message: 'no such node' }))
      }).listen(0, '127.0.0.1', () => {
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        done()
      })
    })
    after(done => {
      server.closeAllConnections()
      server.close(done)
    })

    it('tells its nodes as nova does', async () => {
      const api = await createTestApi({ conf: { ironic: { endpoint_override: url } } })
      try {
        const admin = clientOf(api, 'admin')
        const n1 = {
          id: 'n1',
          interfaces: [],
          host: 'IRONIC MANAGED',
          task_state: 'active',
          cpus: '8',
          memory_mb: '16384',
          disk_gb: '100',
        }
        await admin.get('/os-baremetal-nodes').expect(200, {
          nodes: [n1, { ...n1, id: 'n2', cpus: '0', memory_mb: '0', disk_gb: '0' }],
        })
        await admin.get('/os-baremetal-nodes/n1').expect(200, {
          node: { ...n1, interfaces: [{ address: '52:54:00:00:00:01' }], instance_uuid: 'u1' },
        })
        await admin.get('/os-baremetal-nodes/n3').expect(404, {
          itemNotFound: { code: 404, message: 'Node n3 could not be found.' },
        })
      } finally {
        await api.close()
      }
    })
  })
})
