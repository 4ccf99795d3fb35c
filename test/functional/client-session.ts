import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, succeeds } from '../support/clients.js'

export interface Deployment {
  readonly env: Readonly<Record<string, string>>
}

type Row = Readonly<Record<string, unknown>>

/**
 * A day with the command line clients of OpenStack, the same whatever stands behind the API. Each
 * command is a process of its own, as for a user.
 */
export const clientSession = (deployment: () => Deployment): void => {
  const openstack = (line: string | readonly string[]): Promise<string> =>
    succeeds('openstack', line, deployment().env)
  const json = async <T = Row>(line: string): Promise<T> =>
    JSON.parse(await openstack([...line.split(' '), '-f', 'json'])) as T
  const rows = (line: string): Promise<Row[]> => json<Row[]>(line)
  // Left to itself it negotiates the highest version that both sides know.
  const nova = (line: string): Promise<string> =>
    succeeds('nova', line, { ...deployment().env, OS_COMPUTE_API_VERSION: '' })
  const names = (list: readonly Row[]): unknown[] => list.map(row => row.Name)

  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-client-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('issues a token and lists the catalog', async () => {
    const token = await json('token issue')
    assert.deepEqual(Object.keys(token).sort(), ['expires', 'id', 'project_id', 'user_id'])
    const types = (await rows('catalog list')).map(row => row.Type)
    assert.deepEqual(types.sort(), ['compute', 'identity', 'image', 'network', 'volumev3'])
  })

  it('manages flavors', async () => {
    assert.deepEqual(names(await rows('flavor list')), [
      'm1.tiny',
      'm1.small',
      'm1.medium',
      'm1.large',
      'm1.xlarge',
    ])
    await openstack('flavor create --vcpus 2 --ram 256 --disk 1 --property hw:x=y session.flavor')
    const flavor = await json('flavor show session.flavor')
    assert.deepEqual(
      [flavor.vcpus, flavor.ram, flavor.disk, flavor.properties],
      [2, 256, 1, { 'hw:x': 'y' }],
    )
    await openstack('flavor delete session.flavor')
    assert.equal(
      (await run('openstack', ['flavor', 'show', 'session.flavor'], deployment().env)).code,
      1,
    )
  })

  it('manages images', async () => {
    const file = join(folder, 'image.raw')
    writeFileSync(file, Buffer.alloc(4096, 7))
    await openstack(
      `image create --file ${file} --disk-format raw --container-format bare session.image`,
    )
    const image = await json('image show session.image')
    assert.deepEqual([image.status, image.size, image.disk_format], ['active', 4096, 'raw'])
    assert.ok(names(await rows('image list')).includes('cirros'))
    await openstack('image delete session.image')
  })

  it('manages key pairs', async () => {
    const privateKey = await openstack('keypair create session-key')
    assert.match(privateKey, /^-----BEGIN (?:RSA |OPENSSH )?PRIVATE KEY-----/)
    assert.deepEqual(names(await rows('keypair list')), ['session-key'])
    assert.equal((await json('keypair show session-key')).name, 'session-key')
  })

  it('makes a network to boot on', async () => {
    await openstack('network create session.net')
    await openstack(
      'subnet create --network session.net --subnet-range 10.77.0.0/24 session.subnet',
    )
    assert.ok(names(await rows('network list')).includes('session.net'))
  })

  it('boots servers, with and without a network, a key, properties, several at once', async () => {
    const boot = ['server', 'create', '--flavor', 'm1.tiny', '--image', 'cirros', '--wait']
    await openstack([...boot, '--nic', 'none', 'session.bare'])
    await openstack([
      ...boot,
      ...['--network', 'session.net', '--key-name', 'session-key', '--property', 'role=web'],
      'session.web',
    ])
    await openstack([...boot, '--nic', 'none', '--min', '2', '--max', '2', 'session.many'])
    const web = await json('server show session.web')
    assert.deepEqual(
      [web.status, web.key_name, web.properties, web['OS-EXT-STS:vm_state']],
      ['ACTIVE', 'session-key', { role: 'web' }, 'active'],
    )
    assert.deepEqual(Object.keys(web.addresses as object), ['session.net'])
    assert.match(
      (web.addresses as Record<string, string[]>)['session.net']?.[0] ?? '',
      /^10\.77\.0\.\d+$/,
    )
  })

  it('lists servers by what is asked for', async () => {
    const all = ['session.bare', 'session.many-1', 'session.many-2', 'session.web']
    const sorted = (list: readonly Row[]): unknown[] => names(list).sort()
    assert.deepEqual(sorted(await rows('server list')), all)
    assert.deepEqual(sorted(await rows('server list --all-projects')), all)
    assert.deepEqual(sorted(await rows('server list --status ACTIVE')), all)
    assert.deepEqual(await rows('server list --status SHUTOFF'), [])
    assert.deepEqual(sorted(await rows('server list --name many')), all.slice(1, 3))
    assert.deepEqual(sorted(await rows('server list --long')), all)
    const first = await rows('server list --limit 1')
    assert.equal(first.length, 1)
    const rest = await rows(`server list --marker ${first[0]?.ID}`)
    assert.deepEqual(sorted([...first, ...rest]), all)
  })

  const status = async (server: string): Promise<unknown> =>
    (await json(`server show ${server}`)).status
  const reaches = async (server: string, wanted: string): Promise<void> => {
    for (let left = 40; left > 0; left--) {
      if ((await status(server)) === wanted) return
    }
    assert.equal(await status(server), wanted)
  }

  it('takes a server through its states', async () => {
    await openstack('server reboot --wait session.web')
    await openstack('server reboot --hard --wait session.web')
    const steps = [
      ['stop', 'SHUTOFF'],
      ['start', 'ACTIVE'],
      ['pause', 'PAUSED'],
      ['unpause', 'ACTIVE'],
      ['suspend', 'SUSPENDED'],
      ['resume', 'ACTIVE'],
    ] as const
    for (const [verb, wanted] of steps) {
      await openstack(`server ${verb} session.web`)
      await reaches('session.web', wanted)
    }
    await openstack('server lock session.web')
    assert.equal((await json('server show session.web')).locked, true)
    await openstack('server unlock session.web')
    assert.equal((await json('server show session.web')).locked, false)
  })

  it('fits a port, a group and a floating address to a server', async () => {
    const addresses = async (): Promise<readonly string[]> => {
      const shown = await json('server show session.web')
      return (shown.addresses as Record<string, string[]>)['session.net'] ?? []
    }
    const reachesAddresses = async (isWanted: (list: readonly string[]) => boolean) => {
      for (let left = 40; left > 0; left--) if (isWanted(await addresses())) return
      assert.fail(`it has ${await addresses()}`)
    }
    await openstack('port create --network session.net session.port')
    await openstack('server add port session.web session.port')
    assert.equal((await addresses()).length, 2)
    await openstack('server remove port session.web session.port')
    await reachesAddresses(list => list.length === 1)
    assert.equal((await json('port show session.port')).device_id, '')

    await openstack('security group create session.group')
    await openstack('server add security group session.web session.group')
    const { security_groups: groups } = await json('server show session.web')
    assert.ok((groups as Row[]).some(({ name }) => name === 'session.group'))
    await openstack('server remove security group session.web session.group')

    await openstack('network create --external session.out')
    await openstack('subnet create --network session.out --subnet-range 203.0.113.0/24 session.top')
    await openstack('router create session.router')
    await openstack('router set --external-gateway session.out session.router')
    await openstack('router add subnet session.router session.subnet')
    const { floating_ip_address: ip } = await json('floating ip create session.out')
    // The client asks the network service for it, which tells compute.
    await openstack(`server add floating ip session.web ${ip}`)
    await reachesAddresses(list => list.includes(String(ip)))
    await openstack(`server remove floating ip session.web ${ip}`)
    await reachesAddresses(list => list.length === 1)
  })

  it('takes a snapshot of a server, and has it rebuilt from that', async () => {
    await openstack('server image create --wait --name session.shot session.bare')
    const shot = await json('image show session.shot')
    assert.deepEqual([shot.status, shot.size], ['active', 512])
    await openstack('server rebuild --wait --image session.shot session.bare')
    const rebuilt = await json('server show session.bare')
    assert.deepEqual([rebuilt.status, rebuilt.image], ['ACTIVE', `session.shot (${shot.id})`])
  })

  it('rescues a server, and shelves it', async () => {
    await openstack('server rescue session.bare')
    await reaches('session.bare', 'RESCUE')
    await openstack('server unrescue session.bare')
    await reaches('session.bare', 'ACTIVE')
    await openstack('server shelve --wait session.bare')
    assert.equal((await json('server show session.bare'))['OS-EXT-SRV-ATTR:host'], null)
    await openstack('server unshelve --wait session.bare')
    await openstack('image delete session.shot')
  })

  it('renames and describes a server', async () => {
    await openstack('server set --name session.renamed --property colour=blue session.web')
    const server = await json('server show session.renamed')
    assert.deepEqual(server.properties, { colour: 'blue', role: 'web' })
    assert.match(await openstack('console log show session.renamed'), /login:/)
  })

  it('shows the cloud to its operator', async () => {
    const hypervisors = await rows('hypervisor list')
    assert.ok(hypervisors.length >= 1)
    await json(`hypervisor show ${hypervisors[0]?.['Hypervisor Hostname']}`)
    const binaries = (await rows('compute service list')).map(row => [row.Binary, row.State])
    for (const binary of ['nova-conductor', 'nova-scheduler', 'nova-compute']) {
      assert.ok(
        binaries.some(([name, state]) => name === binary && state === 'up'),
        `${binary} is up`,
      )
    }
    const zones = (await rows('availability zone list --compute')).map(row => row['Zone Name'])
    assert.ok(zones.includes('nova'))
    const limits = await rows('limits show --absolute')
    const used = limits.find(row => row.Name === 'totalInstancesUsed')?.Value
    assert.equal(used, 4)
    assert.equal((await json('quota show')).instances, 10)
    const aliases = (await rows('extension list --compute')).map(row => row.Alias)
    assert.ok(aliases.includes('os-keypairs') && aliases.includes('os-pause-server'))
  })

  it('deletes servers', async () => {
    await openstack(
      'server delete --wait session.bare session.many-1 session.many-2 session.renamed',
    )
    assert.deepEqual(await rows('server list --all-projects'), [])
    await openstack('keypair delete session-key')
    await openstack('port delete session.port')
    await openstack('router remove subnet session.router session.subnet')
    await openstack('router delete session.router')
    await openstack('network delete session.net')
  })

  it('goes through the classic session of the nova client', async () => {
    const booted = await nova('boot session.nova --flavor 1 --image cirros --nic none --poll')
    assert.match(booted, /\| status +\| BUILD +\|/)
    assert.match(booted, /Server building\.\.\. 100% complete/)
    assert.match(await nova('list'), /session\.nova +\| ACTIVE/)
    assert.match(await nova('show session.nova'), /OS-EXT-STS:vm_state +\| active/)
    await nova('reboot --poll session.nova')
    await nova('delete session.nova')
    for (let left = 20; left > 0 && /session\.nova/.test(await nova('list')); left--);
    assert.doesNotMatch(await nova('list'), /session\.nova/)
  })
}
