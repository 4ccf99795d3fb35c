import assert from 'node:assert/strict'
import { instanceOf } from '../../../lib/service/instance-of.js'

describe('the server that a message is about', () => {
  const instance = (uuid: string) => ({
    'nova_object.name': 'Instance',
    'nova_object.namespace': 'nova',
    'nova_object.version': '2.7',
    'nova_object.data': { uuid },
  })

  for (const [what, args, uuid] of [
    ['its instance', { instance: instance('a'), reason: 'x' }, 'a'],
    ['its uuid', { instance_uuid: 'b' }, 'b'],
    ['the only one of several', { instances: [instance('c')] }, 'c'],
    ['the object whose method it calls', { objinst: instance('d'), objmethod: 'save' }, 'd'],
    ['none, of several', { instances: [instance('e'), instance('f')] }, null],
    ['none, of another object', { objinst: { 'nova_object.name': 'Service' } }, null],
    ['none', { instance: null, instances: 'x', objinst: 7 }, null],
  ] as const) {
    it(`is ${what}`, () => assert.equal(instanceOf(args), uuid))
  }
})
