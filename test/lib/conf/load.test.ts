import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ConfError,
  defaultConf,
  describeConf,
  groups,
  loadConf,
  renderSample,
} from '../../../lib/conf/index.js'
import { novaOnlyOptions } from '../../../lib/conf/nova-names.js'
import type { Group } from '../../../lib/conf/option.js'
import { unusedOptions } from '../../../lib/conf/unused-options.js'

const braced = (option: string, reference: string): string => `${option} = \${${reference}}`

describe('nova.conf', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kilonova-conf-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = (text: string, name = 'nova.conf'): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const load = (text: string) => loadConf({ files: [file(text)] })

  /** What is wrong, its place relative to the test's folder. */
  const problemsOf = (work: () => unknown): string[] => {
    try {
      work()
    } catch (error) {
      assert.ok(error instanceof ConfError)
      return error.problems.map(({ message }) => message.replaceAll(`${folder}/`, ''))
    }
    throw new Error('nothing was refused')
  }

  it('gives every option its default, frozen', () => {
    const conf = defaultConf()
    assert.equal(conf.api.max_limit, 1000)
    assert.equal(conf.database.connection, null)
    assert.deepEqual(conf.cors.allowed_origin, [])
    assert.equal(conf.DEFAULT.instances_path, '/var/lib/nova/instances')
    assert.equal(conf.libvirt.snapshots_directory, '/var/lib/nova/instances/snapshots')
    assert.deepEqual(conf.warnings, [])
    assert.ok(Object.isFrozen(conf) && Object.isFrozen(conf.api))
  })

  it('reads each kind of value', () => {
    const conf = load(
      [
        '[DEFAULT]',
        'host = "node-1"',
        'debug = YES',
        'cpu_allocation_ratio = 1.5',
        'osapi_compute_listen_port = 18774',
        'osapi_compute_workers =',
        'reserved_huge_pages = node:0, size:2048',
        '[cors]',
        'allowed_origin = http://a, "http://b,c"',
        '[filter_scheduler]',
        'available_filters = one',
        'available_filters = two',
        '[api]',
        'max_limit: 5',
        '',
      ].join('\n'),
    )
    assert.equal(conf.DEFAULT.host, 'node-1')
    assert.equal(conf.DEFAULT.debug, true)
    assert.equal(conf.DEFAULT.cpu_allocation_ratio, 1.5)
    assert.equal(conf.DEFAULT.osapi_compute_listen_port, 18774)
    assert.equal(conf.DEFAULT.osapi_compute_workers, null)
    assert.deepEqual(conf.DEFAULT.reserved_huge_pages, { node: '0', size: '2048' })
    assert.deepEqual(conf.cors.allowed_origin, ['http://a', 'http://b,c'])
    assert.deepEqual(conf.filter_scheduler.available_filters, ['one', 'two'])
    assert.equal(conf.api.max_limit, 5)
    assert.deepEqual(conf.warnings, [])
  })

  it('fills in references: of the same group, of DEFAULT, of another, of an unknown group', () => {
    const conf = load(
      [
        '[DEFAULT]',
        'state_path = /srv',
        'my_ip = 192.0.2.7',
        '[vnc]',
        'server_listen = $my_ip',
        braced('server_proxyclient_address', 'server_listen'),
        '[glance]',
        'username = nova$$1',
        braced('password', 'mine.secret'),
        '[mine]',
        'secret = s3',
        '[libvirt]',
        'nfs_mount_options = $DEFAULT.state_path/x',
        '',
      ].join('\n'),
    )
    assert.equal(conf.vnc.server_proxyclient_address, '192.0.2.7')
    assert.equal(conf.glance.username, 'nova$1')
    assert.equal(conf.glance.password, 's3')
    assert.equal(conf.libvirt.nfs_mount_options, '/srv/x')
    assert.equal(conf.DEFAULT.my_block_storage_ip, '192.0.2.7')
  })

  it('lets later files win, then folders, the environment, and the program', () => {
    const files = [
      file('[api]\nmax_limit = 1\n[quota]\ncores = 1\nram = 1\ninstances = 1\n', 'a'),
      file('[api]\nmax_limit = 2\n', 'b'),
    ]
    file('[quota]\ncores = 3\nram = 3\ninstances = 3\n', 'c.conf')
    const conf = loadConf({
      files,
      dirs: [folder],
      env: { OS_QUOTA__RAM: '4', OS_QUOTA__INSTANCES: '4', OS_AUTH_URL: 'http://unrelated' },
      overrides: { quota: { instances: 5 } },
    })
    assert.equal(conf.api.max_limit, 2)
    assert.deepEqual([conf.quota.cores, conf.quota.ram, conf.quota.instances], [3, 4, 5])
  })

  it('names file, line, value, what was expected and what was meant, for all at once', () => {
    const text = [
      '[DEFAULT]',
      'report_interval = soon',
      'osapi_compute_listen_port = 70000',
      '# nothing',
      '[api]',
      'auth_strategy = keystoen',
      '[workarounds]',
      'skip_cpu_compare_on_dest = maybe',
      '[database]',
      'pool_timeout = -1',
      '',
    ].join('\n')
    assert.deepEqual(
      problemsOf(() => load(text)),
      [
        "nova.conf:2: [DEFAULT] report_interval = 'soon': expected a whole number, at least 1",
        "nova.conf:3: [DEFAULT] osapi_compute_listen_port = '70000': expected a whole number from 0 to 65535",
        "nova.conf:6: [api] auth_strategy = 'keystoen': expected one of 'keystone', 'noauth2'. Did you mean 'keystone'?",
        "nova.conf:10: [database] pool_timeout = '-1': expected a whole number, at least 0",
        "nova.conf:8: [workarounds] skip_cpu_compare_on_dest = 'maybe': expected 'true' or 'false'",
      ],
    )
  })

  it('keeps a secret out of its messages', () => {
    assert.deepEqual(
      problemsOf(() => load('[glance]\npassword = pa$word\n')),
      [
        "nova.conf:2: [glance] password: its value refers to '$…', which names no option that has a value; a dollar sign is written '$$'",
      ],
    )
  })

  it('refuses references that go round', () => {
    assert.deepEqual(
      problemsOf(() => load('[DEFAULT]\nstate_path = $instances_path\n')),
      [
        "[DEFAULT] instances_path = '$state_path/instances': '$state_path' refers to itself in the end",
      ],
    )
  })

  it('warns of names that nobody knows, and says what was probably meant', () => {
    const conf = load(
      [
        '[DEFAULT]',
        'osapi_compute_listne = 1.2.3.4',
        'ec2_private_dns_show_ip = true',
        'max_limit = 7',
        'rootwrap_cofnig = /etc/nova/rootwrap.conf',
        '[quoat]',
        'cores = 3',
        '[vmwrae]',
        'host_ip = 10.0.0.1',
        '[site]',
        'zone = north',
        '[api]',
        'compute_link_prefix = http://$site.zone/',
      ].join('\n'),
    )
    assert.deepEqual(
      conf.warnings.map(warning => warning.replaceAll(`${folder}/`, '')),
      [
        "nova.conf:2: [DEFAULT] has no option 'osapi_compute_listne'. Did you mean 'osapi_compute_listen'?",
        "nova.conf:3: [DEFAULT] has no option 'ec2_private_dns_show_ip'",
        "nova.conf:4: [DEFAULT] has no option 'max_limit'; it belongs to [api]",
        "nova.conf:5: [DEFAULT] has no option 'rootwrap_cofnig'. Did you mean 'rootwrap_config'?",
        "nova.conf: [quoat] is no group that is read here. Did you mean 'quota'?",
        "nova.conf: [vmwrae] is no group that is read here. Did you mean 'vmware'?",
      ],
    )
    assert.deepEqual(conf.unused, [])
  })

  it('only notes what is of use to nova alone', () => {
    const conf = load(
      [
        '[DEFAULT]',
        'rootwrap_config = /etc/nova/rootwrap.conf',
        'report_interval = 5',
        '[libvirt]',
        'cpu_mode = host-model',
        '[vmware]',
        'host_ip = 10.0.0.1',
        '[api]',
        'max_limit = 7',
      ].join('\n'),
    )
    assert.deepEqual(conf.warnings, [])
    assert.deepEqual(conf.unused, ['[DEFAULT] rootwrap_config', '[libvirt] cpu_mode', '[vmware]'])
  })

  it('knows what it calls unused', () => {
    const declared: Readonly<Record<string, Group>> = groups
    const isDeclared = (group: string) => (name: string) =>
      declared[group]?.options[name] !== undefined
    for (const [group, names] of Object.entries(unusedOptions)) {
      assert.deepEqual(names.filter(isDeclared(group)), names, `[${group}]`)
    }
    for (const [group, names] of Object.entries(novaOnlyOptions)) {
      assert.deepEqual(names.filter(isDeclared(group)), [], `[${group}]`)
    }
  })

  it('tells what differs from the defaults, and no secret', () => {
    const conf = load(
      [
        '[DEFAULT]',
        'report_interval = 5',
        'debug = false',
        'transport_url = rabbit://nova:secret@bus/',
        '[database]',
        'connection = mysql://nova:secret@db/nova',
        '[filter_scheduler]',
        'enabled_filters = ComputeFilter,JsonFilter',
        '[pci]',
        'alias = {"name": "a"}',
        'alias = {"name": "b"}',
      ].join('\n'),
    )
    assert.deepEqual(describeConf(conf), [
      '[DEFAULT] transport_url = ***',
      '[DEFAULT] report_interval = 5',
      '[database] connection = ***',
      '[filter_scheduler] enabled_filters = ComputeFilter,JsonFilter',
      '[pci] alias = {"name": "a"}',
      '[pci] alias = {"name": "b"}',
    ])
  })

  it('raises a service_down_time that would show every service down', () => {
    const conf = load('[DEFAULT]\nreport_interval = 30\nservice_down_time = 20\n')
    assert.equal(conf.DEFAULT.service_down_time, 75)
    assert.deepEqual(conf.warnings, [
      '[DEFAULT] service_down_time = 20 must be more than report_interval = 30: 75 counts',
    ])
  })

  it('reads an old name, and says how it is written now', () => {
    const conf = load('[DEFAULT]\nquota_cores = 7\nosapi_max_limit = 9\n')
    assert.equal(conf.quota.cores, 7)
    assert.equal(conf.api.max_limit, 9)
    assert.deepEqual(
      conf.warnings.map(warning => warning.replaceAll(`${folder}/`, '')),
      [
        'nova.conf:3: [DEFAULT] osapi_max_limit is an old name: write [api] max_limit',
        'nova.conf:2: [DEFAULT] quota_cores is an old name: write [quota] cores',
      ],
    )
  })

  it('refuses a file that is not there, and one that is no ini', () => {
    assert.deepEqual(
      problemsOf(() => loadConf({ files: [join(folder, 'none.conf')] })),
      [
        `Cannot read the configuration file none.conf: ENOENT: no such file or directory, open 'none.conf'`,
      ],
    )
    assert.match(problemsOf(() => load('[DEFAULT]\nnonsense\n'))[0] ?? '', /^nova.conf:2:1: /)
  })

  it('renders a sample that says nothing when it is read', () => {
    const sample = renderSample()
    assert.match(
      sample,
      /^# Items on one page of any list\.\n# Value: .*\n.*\n?#max_limit = 1000$/m,
    )
    assert.deepEqual(load(sample), defaultConf())
  })

  it('renders defaults that can be read back', () => {
    const uncommented = renderSample()
      .replaceAll(/^#([a-z_]+ =)/gm, '$1')
      .replaceAll(/^[a-z_]+ = <.*>\n?/gm, '')
    const { warnings, unused: _set, ...values } = load(uncommented)
    const { warnings: _none, unused: _unset, ...defaults } = defaultConf()
    assert.deepEqual(warnings, [])
    assert.deepEqual(values, defaults)
  })
})
