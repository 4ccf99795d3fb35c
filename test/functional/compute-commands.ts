import assert from 'node:assert/strict'
import { typed } from '../support/clients.js'
import type { Deployment } from './client-session.js'

type Row = Readonly<Record<string, unknown>>

/** What one command said. */
class Said {
  readonly #line: string
  readonly #text: string

  constructor(line: string, text: string) {
    this.#line = line
    this.#text = text
  }

  get text(): string {
    return this.#text
  }

  /** @throws AssertionError a command that failed, with all that it said */
  get row(): Row {
    // a warning may stand ahead of it
    const from = this.#text.search(/^[[{]/m)
    assert.ok(from >= 0, `${this.#line}: ${this.#text}`)
    return JSON.parse(this.#text.slice(from)) as Row
  }

  get rows(): readonly Row[] {
    return this.row as unknown as readonly Row[]
  }

  column(name: string): readonly unknown[] {
    return this.rows.map(row => row[name])
  }

  silent(): void {
    assert.equal(this.#text, '', this.#line)
  }
}

const silent = (all: readonly Said[]): void => {
  for (const said of all) said.silent()
}

/**
 * The compute commands of python-openstackclient, resource by resource, on a cloud with two computes and no
 * server. Commands that end in `-f json` show what came of the silent ones ahead of them.
 */
export const computeCommands = (deployment: () => Deployment): void => {
  /** As many answers as there are lines; at the version that openrc names, where none is given. */
  const say = async <const Lines extends readonly string[]>(
    lines: Lines,
    version?: string,
  ): Promise<{ readonly [Index in keyof Lines]: Said }> => {
    const { env } = deployment()
    const said = await typed('openstack', lines, {
      ...env,
      ...(version === undefined ? {} : { OS_COMPUTE_API_VERSION: version }),
    })
    const all = lines.map((line, index) => new Said(line, said[index] ?? ''))
    return all as unknown as { readonly [Index in keyof Lines]: Said }
  }

  let hosts: readonly string[] = []
  before(async () => {
    const [services] = await say(['compute service list --service nova-compute -f json'])
    hosts = services.column('Host').map(String).sort()
  })

  it('aggregate, availability zone', async () => {
    const [host = ''] = hosts
    const [created, , , ...rest] = await say([
      'aggregate create --zone north --property a=b rack -f json',
      `aggregate add host rack ${host} -f json`,
      'aggregate set --name rack.1 --property c=d rack',
      'aggregate show rack.1 -f json',
      'aggregate list --long -f json',
      'availability zone list --compute --long -f json',
    ])
    assert.equal(created.row.availability_zone, 'north')
    const [shown, listed, zones] = rest
    assert.deepEqual(shown.row.hosts, [host])
    assert.deepEqual(shown.row.properties, { a: 'b', c: 'd' })
    assert.deepEqual(listed.column('Name'), ['rack.1'])
    const north = zones.rows.filter(row => row['Zone Name'] === 'north')
    assert.deepEqual(
      north.map(row => [row['Host Name'], row['Service Name']]),
      [[host, 'nova-compute']],
    )

    const [unset, renamed, zone, cached, refused, taken, deleted, gone] = await say([
      'aggregate unset --property a rack.1',
      'aggregate show rack.1 -f json',
      'availability zone list --compute -f json',
      'aggregate cache image rack.1 cirros',
      'aggregate delete rack.1',
      `aggregate remove host rack.1 ${host} -f json`,
      'aggregate delete rack.1',
      'aggregate list -f json',
    ])
    silent([unset, cached, deleted])
    assert.deepEqual(renamed.row.properties, { c: 'd' })
    assert.ok(zone.column('Zone Name').includes('north'))
    assert.match(refused.text, /1 of 1 aggregates failed to delete/)
    assert.deepEqual(taken.row.hosts, [])
    assert.deepEqual(gone.rows, [])
  })

  it('compute service', async () => {
    const [, host = ''] = hosts
    const list = `compute service list --service nova-compute --host ${host} --long -f json`
    const [disable, disabled, down, isDown, up, enable, enabled] = await say([
      `compute service set --disable --disable-reason dusty ${host} nova-compute`,
      list,
      `compute service set --down ${host} nova-compute`,
      list,
      `compute service set --up ${host} nova-compute`,
      `compute service set --enable ${host} nova-compute`,
      list,
    ])
    silent([disable, down, up, enable])
    const state = (said: Said) =>
      said.rows.map(row => [row.Status, row.State, row['Disabled Reason'], row['Forced Down']])
    assert.deepEqual(state(disabled), [['disabled', 'up', 'dusty', false]])
    assert.deepEqual(state(isDown), [['disabled', 'down', 'dusty', true]])
    const [[status, , reason, forced] = []] = state(enabled)
    assert.deepEqual([status, reason, forced], ['enabled', null, false])
  })

  it('compute agent, which is gone', async () => {
    for (const said of await say([
      'compute agent list',
      'compute agent create linux x86 1 http://a 0 kvm',
      'compute agent set 1',
    ])) {
      assert.match(said.text, /This resource is gone\. \(HTTP 410\)/)
    }
  })

  it('flavor', async () => {
    const [created, set, access, described, shown] = await say([
      'flavor create --id f.1 --ram 64 --disk 1 --ephemeral 1 --swap 64 --vcpus 1 --rxtx-factor 1.5 --private --description first flavor.1 -f json',
      'flavor set --property hw:cpu_policy=dedicated --property trait:HW_CPU_X86_VMX=required flavor.1',
      'flavor set --project admin flavor.1',
      'flavor set --description second flavor.1',
      'flavor show flavor.1 -f json',
    ])
    silent([set, access, described])
    const { id, swap, rxtx_factor: rxtx, 'OS-FLV-EXT-DATA:ephemeral': ephemeral } = created.row
    assert.deepEqual([id, swap, rxtx, ephemeral], ['f.1', 64, 1.5, 1])
    assert.equal((shown.row.access_project_ids as unknown[]).length, 1)
    assert.deepEqual(
      [shown.row.description, shown.row.properties],
      ['second', { 'hw:cpu_policy': 'dedicated', 'trait:HW_CPU_X86_VMX': 'required' }],
    )

    const [unset, noAccess, left, privates, all, page, refused, deleted] = await say([
      'flavor unset --property hw:cpu_policy flavor.1',
      'flavor unset --project admin flavor.1',
      'flavor show flavor.1 -f json',
      'flavor list --private -f json',
      'flavor list --all --long -f json',
      'flavor list --min-ram 4096 --limit 2 --marker 3 -f json',
      'flavor create --id f.1 --ram 64 --vcpus 1 flavor.2',
      'flavor delete flavor.1',
    ])
    silent([unset, noAccess, deleted])
    assert.deepEqual(left.row.access_project_ids, [])
    assert.deepEqual(left.row.properties, { 'trait:HW_CPU_X86_VMX': 'required' })
    assert.deepEqual(privates.column('ID'), ['f.1'])
    assert.deepEqual(all.column('ID'), ['1', '2', '3', '4', '5', 'f.1'])
    assert.deepEqual(page.column('ID'), ['4', '5'])
    assert.match(refused.text, /f\.1.*409|409.*f\.1/s)
  })

  it('host', async () => {
    const [host = ''] = hosts
    const [listed, shown, set] = await say(
      ['host list -f json', `host show ${host} -f json`, `host set --enable ${host}`],
      '2.42',
    )
    assert.ok(listed.column('Host Name').includes(host))
    assert.deepEqual(shown.column('Project'), ['(total)', '(used_now)', '(used_max)'])
    set.silent()
  })

  it('hypervisor', async () => {
    const [host = '', other = ''] = hosts
    const [listed, matching, shown] = await say([
      'hypervisor list --long -f json',
      `hypervisor list --matching ${other} -f json`,
      `hypervisor show ${host} -f json`,
    ])
    assert.deepEqual(listed.column('State'), ['up', 'up'])
    assert.equal(matching.rows.length, 1)
    assert.deepEqual([shown.row.service_host, shown.row.state], [host, 'up'])
    assert.match(String(shown.row.uptime), /load average/)
    const [statistics, older] = await say(
      ['hypervisor stats show -f json', `hypervisor show ${host} -f json`],
      '2.87',
    )
    assert.deepEqual([statistics.row.count, statistics.row.running_vms], [2, 0])
    assert.equal(typeof older.row.vcpus, 'number')
  })

  it('keypair', async () => {
    const [first, , listed, page, own, key, deleted, none] = await say([
      'keypair create key-1',
      'keypair create --user admin key-2',
      'keypair list -f json',
      'keypair list --marker key-1 -f json',
      'keypair list --user admin -f json',
      'keypair show --public-key key-1',
      'keypair delete key-1 key-2',
      'keypair list -f json',
    ])
    assert.match(first.text, /^-----BEGIN/)
    assert.deepEqual(listed.column('Name'), ['key-1', 'key-2'])
    assert.deepEqual(page.column('Name'), ['key-2'])
    assert.deepEqual(own.column('Name'), ['key-1', 'key-2'])
    assert.match(key.text, /^ssh-rsa /)
    deleted.silent()
    assert.deepEqual(none.rows, [])
  })

  it('limits, quota', async () => {
    const [set, shown, defaults, compute, detail, absolute, rate, ofProject] = await say([
      'quota set --instances 21 --cores 31 --key-pairs 11 --volumes 12 admin',
      'quota show admin -f json',
      'quota show --default -f json',
      'quota list --compute -f json',
      'quota list --compute --detail -f json',
      'limits show --absolute -f json',
      'limits show --rate -f json',
      'limits show --absolute --project admin -f json',
    ])
    set.silent()
    const few = ({ row }: Said) => [row.instances, row.cores, row['key-pairs'], row.volumes]
    assert.deepEqual(few(shown), [21, 31, 11, 12])
    assert.deepEqual(few(defaults), [10, 20, 100, 10])
    assert.deepEqual(compute.column('Instances'), [21])
    assert.equal(detail.rows.find(row => row.Resource === 'cores')?.Limit, 31)
    for (const said of [absolute, ofProject]) {
      assert.equal(said.rows.find(row => row.Name === 'maxTotalInstances')?.Value, 21)
    }
    assert.deepEqual(rate.rows, [])

    const [setClass, ofClass, back] = await say([
      'quota set --class --instances 12 --volumes 13 default',
      'quota show --default -f json',
      'quota set --class --instances 10 --volumes 10 default',
    ])
    silent([setClass, back])
    assert.deepEqual(few(ofClass), [12, 20, 100, 13])
  })

  it('server group', async () => {
    const [, ruled, listed, shown, deleted, none] = await say([
      'server group create --policy affinity group.1 -f json',
      'server group create --policy anti-affinity --rule max_server_per_host=3 group.2 -f json',
      'server group list --long -f json',
      'server group show group.1 -f json',
      'server group delete group.1 group.2',
      'server group list --all-projects -f json',
    ])
    assert.deepEqual(ruled.row.rules, { max_server_per_host: 3 })
    assert.deepEqual(listed.column('Policy'), ['affinity', 'anti-affinity'])
    assert.equal(shown.row.policy, 'affinity')
    deleted.silent()
    assert.deepEqual(none.rows, [])
  })

  describe('server', () => {
    // `--wait` looks every five seconds
    const reaches = async (statuses: readonly string[]): Promise<void> => {
      let list: readonly unknown[] = []
      for (let left = 40; left > 0; left--) {
        list = (await say(['server list -f json']))[0].column('Status')
        if (list.join() === statuses.join()) return
      }
      assert.deepEqual(list, statuses)
    }

    before(async () => {
      const boot = 'server create --image cirros -f json'
      const [, , , , db] = await say([
        'network create commands.net -f json',
        'subnet create --network commands.net --subnet-range 10.78.0.0/24 commands.subnet -f json',
        'port create --network commands.net commands.port -f json',
        `${boot} --flavor m1.tiny --network commands.net --property role=web --tag front --description first web`,
        `${boot} --flavor m1.small --nic none --config-drive True --password Secret1 db`,
      ])
      assert.equal(db.row.adminPass, 'Secret1')
      await reaches(['ACTIVE', 'ACTIVE'])
    })
    after(async () => {
      silent(await say(['server delete web db', 'port delete commands.port']))
      await reaches([])
      silent(await say(['network delete commands.net']))
    })

    it('list: filters, sorting, pages', async () => {
      const [first] = await say(['server show db -f json'])
      const host = first.row['OS-EXT-SRV-ATTR:host']
      const wanted: readonly (readonly [options: string, names: readonly string[]])[] = [
        ['', ['db', 'web']],
        ['--long', ['db', 'web']],
        ['--name ^w', ['web']],
        ['--status ACTIVE --vm-state active --power-state running', ['db', 'web']],
        ['--status SHUTOFF', []],
        ['--flavor m1.small --image cirros', ['db']],
        ['--ip 10.78', ['web']],
        ['--tags front', ['web']],
        ['--not-tags front', ['db']],
        ['--config-drive', ['db']],
        ['--availability-zone nova', ['db', 'web']],
        [`--host ${host} --all-projects --name db`, ['db']],
        ['--user admin --project admin', ['db', 'web']],
        ['--locked', []],
        ['--unlocked', ['db', 'web']],
        ['--changes-since 2020-01-01T00:00:00Z --name web', ['web']],
        ['--changes-before 2020-01-01T00:00:00Z', []],
        ['--sort-column Name --sort-descending', ['web', 'db']],
        ['--limit 1', ['db']],
        ['--limit 1 --marker db', ['web']],
        ['--marker web', []],
        ['--limit -1', ['db', 'web']],
      ]
      const said = await say(wanted.map(([options]) => `server list ${options} -f json`))
      assert.deepEqual(
        said.map((one, index) => [wanted[index]?.[0], one.column('Name')]),
        wanted,
      )
    })

    it('set, unset, show', async () => {
      const [set, unset, shown, diagnostics, topology] = await say([
        'server set --property a=1 --property b=2 --tag back --description second --hostname named web',
        'server unset --property a --tag front web',
        'server show web -f json',
        'server show --diagnostics web -f json',
        'server show --topology web -f json',
      ])
      silent([set, unset])
      const { properties, tags, description, 'OS-EXT-SRV-ATTR:hostname': hostname } = shown.row
      assert.deepEqual(
        [properties, tags, description, hostname],
        [{ role: 'web', b: '2' }, ['back'], 'second', 'named'],
      )
      assert.equal(diagnostics.row.state, 'running')
      assert.deepEqual(topology.row.topology, { nodes: [], pagesize_kb: null })
    })

    it('usage', async () => {
      const [list, shown] = await say(['usage list -f json', 'usage show -f json'])
      const [project] = list.rows
      for (const row of [project, shown.row]) {
        const servers = row?.Servers as readonly Row[]
        const names = servers.filter(({ state }) => state === 'active').map(({ name }) => name)
        assert.deepEqual(names.sort(), ['db', 'web'])
      }
      assert.equal(project?.Project, shown.row.Project)
    })

    it('event, migration', async () => {
      const [events, page, migrations, ofServer] = await say([
        'server event list web -f json',
        'server event list --long --limit 1 web -f json',
        'server migration list -f json',
        'server migration list --server web --status done --type resize -f json',
      ])
      assert.deepEqual(events.column('Action').at(-1), 'create')
      assert.equal(page.rows.length, 1)
      assert.deepEqual([migrations.rows, ofServer.rows], [[], []])
      const [event] = await say([
        `server event show web ${events.rows.at(-1)?.['Request ID']} -f json`,
      ])
      assert.equal(event.row.action, 'create')
    })

    it('console', async () => {
      const [log, ...urls] = await say([
        'console log show --lines 1 web',
        'console url show web -f json',
        'console url show --spice web -f json',
      ])
      assert.match(log.text, /login:/)
      assert.deepEqual(
        urls.map(({ row }) => [row.protocol, row.type]),
        [
          ['vnc', 'novnc'],
          ['spice', 'spice-html5'],
        ],
      )
    })

    it('volume', async () => {
      const [created] = await say(['volume create --size 1 commands.volume -f json'])
      const [added, update, listed, removed] = await say([
        'server add volume web commands.volume -f json',
        `server volume update --delete-on-termination web ${created.row.id}`,
        'server volume list web -f json',
        'server remove volume web commands.volume',
      ])
      silent([update, removed])
      assert.equal(added.row['Volume ID'], created.row.id)
      assert.deepEqual(listed.column('Delete On Termination?'), [true])
      for (let left = 20; left > 0; left--) {
        const [list] = await say(['server volume list web -f json'])
        if (list.rows.length === 0) return
      }
      assert.fail('the volume is still attached')
    })

    it('fixed ip, network, port, security group', async () => {
      const [fixed, added, addedNetwork, shown, ...left] = await say([
        'server add fixed ip db commands.net -f json',
        'server add port web commands.port',
        'server add network web commands.net',
        'server show web -f json',
        'server remove port web commands.port',
        'security group create commands.group -f json',
        'server add security group web commands.group',
        'server show web -f json',
        'server remove security group web commands.group',
        'server remove network web commands.net',
        'security group delete commands.group',
      ])
      assert.equal(fixed.row['Port State'], 'ACTIVE')
      silent([added, addedNetwork])
      const addresses = (said: Said) =>
        (said.row.addresses as Record<string, string[]>)['commands.net'] ?? []
      assert.equal(addresses(shown).length, 3)
      const [removed, , group, grouped, ungrouped, removedNetwork, deleted] = left
      silent([removed, group, ungrouped, removedNetwork, deleted])
      assert.ok(
        (grouped.row.security_groups as Row[]).some(({ name }) => name === 'commands.group'),
      )
    })
  })
}
