import type { RuleDefault } from './types.js'

const admin = 'rule:context_is_admin'
const managerOrAdmin = 'rule:project_manager_or_admin'
const memberOrAdmin = 'rule:project_member_or_admin'
const readerOrAdmin = 'rule:project_reader_or_admin'
const serviceOrAdmin = 'rule:service_or_admin'
const ownUserOrAdmin = '(rule:context_is_admin) or user_id:%(user_id)s'
const anyone = '@'
const nobody = '!'

type Older = RuleDefault['older']

const adminApi: Older = { name: 'rule:admin_api', check: 'is_admin:True' }
const adminOrOwner: Older = {
  name: 'rule:admin_or_owner',
  check: 'is_admin:True or project_id:%(project_id)s',
}

/** A rule that others refer to. */
const base = (name: string, check: string, older?: Older): RuleDefault => ({
  name,
  check,
  operations: [],
  older,
})

/** A rule that guards operations, with a token of a project. */
const api = (
  name: string,
  check: string,
  operations: readonly string[],
  olderName?: string,
  olderCheck?: string,
): RuleDefault => ({
  name,
  check,
  operations,
  scopeTypes: ['project'],
  older: olderName && olderCheck ? { name: olderName, check: olderCheck } : undefined,
})

/** Every rule of nova: what guards which operation unless a policy file says otherwise. */
export const policyDefaults: readonly RuleDefault[] = [
  base('context_is_admin', 'role:admin', adminApi),
  base('admin_or_owner', 'is_admin:True or project_id:%(project_id)s'),
  base('admin_api', 'is_admin:True'),
  base('project_manager_api', 'role:manager and project_id:%(project_id)s', adminApi),
  base('project_member_api', 'role:member and project_id:%(project_id)s', adminOrOwner),
  base('project_reader_api', 'role:reader and project_id:%(project_id)s', adminOrOwner),
  base('service_api', 'role:service', adminApi),
  base('project_manager_or_admin', 'rule:project_manager_api or rule:context_is_admin', adminApi),
  base('project_member_or_admin', 'rule:project_member_api or rule:context_is_admin', adminOrOwner),
  base('project_reader_or_admin', 'rule:project_reader_api or rule:context_is_admin', adminOrOwner),
  base('service_or_admin', 'rule:service_api or rule:context_is_admin', adminApi),
  api('os_compute_api:os-admin-actions:reset_state', admin, [
    'POST /servers/{server_id}/action (os-resetState)',
  ]),
  api('os_compute_api:os-admin-actions:inject_network_info', admin, [
    'POST /servers/{server_id}/action (injectNetworkInfo)',
  ]),
  api('os_compute_api:os-admin-password', memberOrAdmin, [
    'POST /servers/{server_id}/action (changePassword)',
  ]),
  api('os_compute_api:os-aggregates:set_metadata', admin, [
    'POST /os-aggregates/{aggregate_id}/action (set_metadata)',
  ]),
  api('os_compute_api:os-aggregates:add_host', admin, [
    'POST /os-aggregates/{aggregate_id}/action (add_host)',
  ]),
  api('os_compute_api:os-aggregates:create', admin, ['POST /os-aggregates']),
  api('os_compute_api:os-aggregates:remove_host', admin, [
    'POST /os-aggregates/{aggregate_id}/action (remove_host)',
  ]),
  api('os_compute_api:os-aggregates:update', admin, ['PUT /os-aggregates/{aggregate_id}']),
  api('os_compute_api:os-aggregates:index', admin, ['GET /os-aggregates']),
  api('os_compute_api:os-aggregates:delete', admin, ['DELETE /os-aggregates/{aggregate_id}']),
  api('os_compute_api:os-aggregates:show', admin, ['GET /os-aggregates/{aggregate_id}']),
  api('compute:aggregates:images', admin, ['POST /os-aggregates/{aggregate_id}/images']),
  api('os_compute_api:os-assisted-volume-snapshots:create', serviceOrAdmin, [
    'POST /os-assisted-volume-snapshots',
  ]),
  api('os_compute_api:os-assisted-volume-snapshots:delete', serviceOrAdmin, [
    'DELETE /os-assisted-volume-snapshots/{snapshot_id}',
  ]),
  api(
    'os_compute_api:os-attach-interfaces:list',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-interface'],
    'os_compute_api:os-attach-interfaces',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-attach-interfaces:show',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-interface/{port_id}'],
    'os_compute_api:os-attach-interfaces',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-attach-interfaces:create',
    memberOrAdmin,
    ['POST /servers/{server_id}/os-interface'],
    'os_compute_api:os-attach-interfaces',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-attach-interfaces:delete',
    memberOrAdmin,
    ['DELETE /servers/{server_id}/os-interface/{port_id}'],
    'os_compute_api:os-attach-interfaces',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-availability-zone:list', anyone, ['GET /os-availability-zone']),
  api('os_compute_api:os-availability-zone:detail', admin, ['GET /os-availability-zone/detail']),
  api(
    'os_compute_api:os-baremetal-nodes:list',
    admin,
    ['GET /os-baremetal-nodes'],
    'os_compute_api:os-baremetal-nodes',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-baremetal-nodes:show',
    admin,
    ['GET /os-baremetal-nodes/{node_id}'],
    'os_compute_api:os-baremetal-nodes',
    'rule:admin_api',
  ),
  api('os_compute_api:os-console-auth-tokens', admin, [
    'GET /os-console-auth-tokens/{console_token}',
  ]),
  api('os_compute_api:os-console-output', memberOrAdmin, [
    'POST /servers/{server_id}/action (os-getConsoleOutput)',
  ]),
  api('os_compute_api:os-create-backup', memberOrAdmin, [
    'POST /servers/{server_id}/action (createBackup)',
  ]),
  api(
    'os_compute_api:os-deferred-delete:restore',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (restore)'],
    'os_compute_api:os-deferred-delete',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-deferred-delete:force',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (forceDelete)'],
    'os_compute_api:os-deferred-delete',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-evacuate', admin, ['POST /servers/{server_id}/action (evacuate)']),
  api('os_compute_api:os-extended-server-attributes', admin, [
    'GET /servers/{id}',
    'GET /servers/detail',
    'PUT /servers/{server_id}',
    'POST /servers/{server_id}/action (rebuild)',
  ]),
  api('os_compute_api:extensions', anyone, ['GET /extensions', 'GET /extensions/{alias}']),
  api('os_compute_api:os-flavor-access:add_tenant_access', admin, [
    'POST /flavors/{flavor_id}/action (addTenantAccess)',
  ]),
  api('os_compute_api:os-flavor-access:remove_tenant_access', admin, [
    'POST /flavors/{flavor_id}/action (removeTenantAccess)',
  ]),
  api(
    'os_compute_api:os-flavor-access',
    admin,
    ['GET /flavors/{flavor_id}/os-flavor-access'],
    'os_compute_api:os-flavor-access',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-flavor-extra-specs:show', readerOrAdmin, [
    'GET /flavors/{flavor_id}/os-extra_specs/{flavor_extra_spec_key}',
  ]),
  api('os_compute_api:os-flavor-extra-specs:create', admin, [
    'POST /flavors/{flavor_id}/os-extra_specs/',
  ]),
  api('os_compute_api:os-flavor-extra-specs:update', admin, [
    'PUT /flavors/{flavor_id}/os-extra_specs/{flavor_extra_spec_key}',
  ]),
  api('os_compute_api:os-flavor-extra-specs:delete', admin, [
    'DELETE /flavors/{flavor_id}/os-extra_specs/{flavor_extra_spec_key}',
  ]),
  api('os_compute_api:os-flavor-extra-specs:index', readerOrAdmin, [
    'GET /flavors/{flavor_id}/os-extra_specs/',
    'POST /flavors',
    'GET /flavors/detail',
    'GET /flavors/{flavor_id}',
    'PUT /flavors/{flavor_id}',
  ]),
  api('os_compute_api:os-flavor-manage:create', admin, ['POST /flavors']),
  api('os_compute_api:os-flavor-manage:update', admin, ['PUT /flavors/{flavor_id}']),
  api('os_compute_api:os-flavor-manage:delete', admin, ['DELETE /flavors/{flavor_id}']),
  api('os_compute_api:os-floating-ip-pools', anyone, ['GET /os-floating-ip-pools']),
  api(
    'os_compute_api:os-floating-ips:add',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (addFloatingIp)'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-floating-ips:remove',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (removeFloatingIp)'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-floating-ips:list',
    readerOrAdmin,
    ['GET /os-floating-ips'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-floating-ips:create',
    memberOrAdmin,
    ['POST /os-floating-ips'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-floating-ips:show',
    readerOrAdmin,
    ['GET /os-floating-ips/{floating_ip_id}'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-floating-ips:delete',
    memberOrAdmin,
    ['DELETE /os-floating-ips/{floating_ip_id}'],
    'os_compute_api:os-floating-ips',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-hosts:list',
    admin,
    ['GET /os-hosts'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hosts:show',
    admin,
    ['GET /os-hosts/{host_name}'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hosts:update',
    admin,
    ['PUT /os-hosts/{host_name}'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hosts:reboot',
    admin,
    ['GET /os-hosts/{host_name}/reboot'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hosts:shutdown',
    admin,
    ['GET /os-hosts/{host_name}/shutdown'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hosts:start',
    admin,
    ['GET /os-hosts/{host_name}/startup'],
    'os_compute_api:os-hosts',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:list',
    admin,
    ['GET /os-hypervisors'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:list-detail',
    admin,
    ['GET /os-hypervisors/details'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:statistics',
    admin,
    ['GET /os-hypervisors/statistics'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:show',
    admin,
    ['GET /os-hypervisors/{hypervisor_id}'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:uptime',
    admin,
    ['GET /os-hypervisors/{hypervisor_id}/uptime'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:search',
    admin,
    ['GET /os-hypervisors/{hypervisor_hostname_pattern}/search'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-hypervisors:servers',
    admin,
    ['GET /os-hypervisors/{hypervisor_hostname_pattern}/servers'],
    'os_compute_api:os-hypervisors',
    'rule:admin_api',
  ),
  api('os_compute_api:os-instance-actions:events:details', admin, [
    'GET /servers/{server_id}/os-instance-actions/{request_id}',
  ]),
  api('os_compute_api:os-instance-actions:events', admin, [
    'GET /servers/{server_id}/os-instance-actions/{request_id}',
  ]),
  api(
    'os_compute_api:os-instance-actions:list',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-instance-actions'],
    'os_compute_api:os-instance-actions',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-instance-actions:show',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-instance-actions/{request_id}'],
    'os_compute_api:os-instance-actions',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-instance-usage-audit-log:list',
    admin,
    ['GET /os-instance_usage_audit_log'],
    'os_compute_api:os-instance-usage-audit-log',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-instance-usage-audit-log:show',
    admin,
    ['GET /os-instance_usage_audit_log/{before_timestamp}'],
    'os_compute_api:os-instance-usage-audit-log',
    'rule:admin_api',
  ),
  api('os_compute_api:ips:show', readerOrAdmin, ['GET /servers/{server_id}/ips/{network_label}']),
  api('os_compute_api:ips:index', readerOrAdmin, ['GET /servers/{server_id}/ips']),
  api('os_compute_api:os-keypairs:index', ownUserOrAdmin, ['GET /os-keypairs']),
  api('os_compute_api:os-keypairs:create', ownUserOrAdmin, ['POST /os-keypairs']),
  api('os_compute_api:os-keypairs:delete', ownUserOrAdmin, ['DELETE /os-keypairs/{keypair_name}']),
  api('os_compute_api:os-keypairs:show', ownUserOrAdmin, ['GET /os-keypairs/{keypair_name}']),
  api('os_compute_api:limits', anyone, ['GET /limits']),
  api(
    'os_compute_api:limits:other_project',
    admin,
    ['GET /limits'],
    'os_compute_api:os-used-limits',
    'rule:admin_api',
  ),
  api('os_compute_api:os-lock-server:lock', memberOrAdmin, [
    'POST /servers/{server_id}/action (lock)',
  ]),
  api('os_compute_api:os-lock-server:unlock', memberOrAdmin, [
    'POST /servers/{server_id}/action (unlock)',
  ]),
  api('os_compute_api:os-lock-server:unlock:unlock_override', admin, [
    'POST /servers/{server_id}/action (unlock)',
  ]),
  api('os_compute_api:os-migrate-server:migrate', managerOrAdmin, [
    'POST /servers/{server_id}/action (migrate)',
  ]),
  api('os_compute_api:os-migrate-server:migrate:host', admin, [
    'POST /servers/{server_id}/action (migrate)',
  ]),
  api('os_compute_api:os-migrate-server:migrate_live', managerOrAdmin, [
    'POST /servers/{server_id}/action (os-migrateLive)',
  ]),
  api(
    'os_compute_api:os-migrate-server:migrate_live:host',
    admin,
    ['POST /servers/{server_id}/action (os-migrateLive)'],
    'os_compute_api:os-migrate-server:migrate_live',
    'rule:context_is_admin',
  ),
  api('os_compute_api:os-migrations:index', managerOrAdmin, ['GET /os-migrations']),
  api(
    'os_compute_api:os-migrations:index:all_projects',
    admin,
    ['GET /os-migrations'],
    'os_compute_api:os-migrations:index',
    'rule:context_is_admin',
  ),
  api(
    'os_compute_api:os-migrations:index:host',
    admin,
    ['GET /os-migrations'],
    'os_compute_api:os-migrations:index',
    'rule:context_is_admin',
  ),
  api(
    'os_compute_api:os-multinic:add',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (addFixedIp)'],
    'os_compute_api:os-multinic',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-multinic:remove',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (removeFixedIp)'],
    'os_compute_api:os-multinic',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-networks:list',
    readerOrAdmin,
    ['GET /os-networks'],
    'os_compute_api:os-networks:view',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-networks:show',
    readerOrAdmin,
    ['GET /os-networks/{network_id}'],
    'os_compute_api:os-networks:view',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-pause-server:pause', memberOrAdmin, [
    'POST /servers/{server_id}/action (pause)',
  ]),
  api('os_compute_api:os-pause-server:unpause', memberOrAdmin, [
    'POST /servers/{server_id}/action (unpause)',
  ]),
  api('os_compute_api:os-quota-class-sets:show', admin, ['GET /os-quota-class-sets/{quota_class}']),
  api('os_compute_api:os-quota-class-sets:update', admin, [
    'PUT /os-quota-class-sets/{quota_class}',
  ]),
  api('os_compute_api:os-quota-sets:update', admin, ['PUT /os-quota-sets/{tenant_id}']),
  api('os_compute_api:os-quota-sets:defaults', anyone, ['GET /os-quota-sets/{tenant_id}/defaults']),
  api('os_compute_api:os-quota-sets:show', readerOrAdmin, ['GET /os-quota-sets/{tenant_id}']),
  api('os_compute_api:os-quota-sets:delete', admin, ['DELETE /os-quota-sets/{tenant_id}']),
  api('os_compute_api:os-quota-sets:detail', readerOrAdmin, [
    'GET /os-quota-sets/{tenant_id}/detail',
  ]),
  api('os_compute_api:os-remote-consoles', memberOrAdmin, [
    'POST /servers/{server_id}/action (os-getSerialConsole)',
    'POST /servers/{server_id}/action (os-getSPICEConsole)',
    'POST /servers/{server_id}/action (os-getVNCConsole)',
    'POST /servers/{server_id}/remote-consoles',
  ]),
  api('os_compute_api:os-rescue', memberOrAdmin, ['POST /servers/{server_id}/action (rescue)']),
  api(
    'os_compute_api:os-unrescue',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (unrescue)'],
    'os_compute_api:os-rescue',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:get',
    readerOrAdmin,
    ['GET /os-security-groups'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:show',
    readerOrAdmin,
    ['GET /os-security-groups/{security_group_id}'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:create',
    memberOrAdmin,
    ['POST /os-security-groups'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:update',
    memberOrAdmin,
    ['PUT /os-security-groups/{security_group_id}'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:delete',
    memberOrAdmin,
    ['DELETE /os-security-groups/{security_group_id}'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:rule:create',
    memberOrAdmin,
    ['POST /os-security-group-rules'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:rule:delete',
    memberOrAdmin,
    ['DELETE /os-security-group-rules/{security_group_id}'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:list',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-security-groups'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:add',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (addSecurityGroup)'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-security-groups:remove',
    memberOrAdmin,
    ['POST /servers/{server_id}/action (removeSecurityGroup)'],
    'os_compute_api:os-security-groups',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-server-diagnostics', admin, ['GET /servers/{server_id}/diagnostics']),
  api('os_compute_api:os-server-external-events:create', serviceOrAdmin, [
    'POST /os-server-external-events',
  ]),
  api('os_compute_api:os-server-groups:create', memberOrAdmin, ['POST /os-server-groups']),
  api('os_compute_api:os-server-groups:delete', memberOrAdmin, [
    'DELETE /os-server-groups/{server_group_id}',
  ]),
  api('os_compute_api:os-server-groups:index', readerOrAdmin, ['GET /os-server-groups']),
  api('os_compute_api:os-server-groups:index:all_projects', admin, ['GET /os-server-groups']),
  api('os_compute_api:os-server-groups:show', readerOrAdmin, [
    'GET /os-server-groups/{server_group_id}',
  ]),
  api('os_compute_api:server-metadata:index', readerOrAdmin, ['GET /servers/{server_id}/metadata']),
  api('os_compute_api:server-metadata:show', readerOrAdmin, [
    'GET /servers/{server_id}/metadata/{key}',
  ]),
  api('os_compute_api:server-metadata:create', memberOrAdmin, [
    'POST /servers/{server_id}/metadata',
  ]),
  api('os_compute_api:server-metadata:update_all', memberOrAdmin, [
    'PUT /servers/{server_id}/metadata',
  ]),
  api('os_compute_api:server-metadata:update', memberOrAdmin, [
    'PUT /servers/{server_id}/metadata/{key}',
  ]),
  api('os_compute_api:server-metadata:delete', memberOrAdmin, [
    'DELETE /servers/{server_id}/metadata/{key}',
  ]),
  api(
    'os_compute_api:os-server-password:show',
    readerOrAdmin,
    ['GET /servers/{server_id}/os-server-password'],
    'os_compute_api:os-server-password',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-server-password:clear',
    memberOrAdmin,
    ['DELETE /servers/{server_id}/os-server-password'],
    'os_compute_api:os-server-password',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-server-shares:index', readerOrAdmin, ['GET /servers/{server_id}/shares']),
  api('os_compute_api:os-server-shares:create', memberOrAdmin, [
    'POST /servers/{server_id}/shares',
  ]),
  api('os_compute_api:os-server-shares:show', readerOrAdmin, [
    'GET /servers/{server_id}/shares/{share_id}',
  ]),
  api('os_compute_api:os-server-shares:delete', memberOrAdmin, [
    'DELETE /servers/{server_id}/shares/{share_id}',
  ]),
  api('os_compute_api:os-server-tags:delete_all', memberOrAdmin, [
    'DELETE /servers/{server_id}/tags',
  ]),
  api('os_compute_api:os-server-tags:index', readerOrAdmin, ['GET /servers/{server_id}/tags']),
  api('os_compute_api:os-server-tags:update_all', memberOrAdmin, ['PUT /servers/{server_id}/tags']),
  api('os_compute_api:os-server-tags:delete', memberOrAdmin, [
    'DELETE /servers/{server_id}/tags/{tag}',
  ]),
  api('os_compute_api:os-server-tags:update', memberOrAdmin, [
    'PUT /servers/{server_id}/tags/{tag}',
  ]),
  api('os_compute_api:os-server-tags:show', readerOrAdmin, ['GET /servers/{server_id}/tags/{tag}']),
  api('compute:server:topology:index', readerOrAdmin, ['GET /servers/{server_id}/topology']),
  api('compute:server:topology:host:index', admin, ['GET /servers/{server_id}/topology']),
  api('os_compute_api:servers:index', readerOrAdmin, ['GET /servers']),
  api('os_compute_api:servers:detail', readerOrAdmin, ['GET /servers/detail']),
  api('os_compute_api:servers:index:get_all_tenants', admin, ['GET /servers']),
  api('os_compute_api:servers:detail:get_all_tenants', admin, ['GET /servers/detail']),
  api('os_compute_api:servers:allow_all_filters', admin, ['GET /servers', 'GET /servers/detail']),
  api('os_compute_api:servers:show', readerOrAdmin, ['GET /servers/{server_id}']),
  api(
    'os_compute_api:servers:show:flavor-extra-specs',
    readerOrAdmin,
    [
      'GET /servers/detail',
      'GET /servers/{server_id}',
      'PUT /servers/{server_id}',
      'POST /servers/{server_id}/action (rebuild)',
    ],
    'os_compute_api:os-flavor-extra-specs:index',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:servers:show:host_status', admin, [
    'GET /servers/{server_id}',
    'GET /servers/detail',
    'PUT /servers/{server_id}',
    'POST /servers/{server_id}/action (rebuild)',
  ]),
  api('os_compute_api:servers:show:host_status:unknown-only', admin, [
    'GET /servers/{server_id}',
    'GET /servers/detail',
    'PUT /servers/{server_id}',
    'POST /servers/{server_id}/action (rebuild)',
  ]),
  api('os_compute_api:servers:create', memberOrAdmin, ['POST /servers']),
  api('os_compute_api:servers:create:forced_host', admin, ['POST /servers']),
  api('compute:servers:create:requested_destination', admin, ['POST /servers']),
  api('os_compute_api:servers:create:attach_volume', memberOrAdmin, ['POST /servers']),
  api('os_compute_api:servers:create:attach_network', memberOrAdmin, ['POST /servers']),
  api('os_compute_api:servers:create:trusted_certs', memberOrAdmin, ['POST /servers']),
  api('os_compute_api:servers:create:zero_disk_flavor', admin, ['POST /servers']),
  api('network:attach_external_network', admin, [
    'POST /servers',
    'POST /servers/{server_id}/os-interface',
  ]),
  api('os_compute_api:servers:delete', memberOrAdmin, ['DELETE /servers/{server_id}']),
  api('os_compute_api:servers:update', memberOrAdmin, ['PUT /servers/{server_id}']),
  api('os_compute_api:servers:confirm_resize', memberOrAdmin, [
    'POST /servers/{server_id}/action (confirmResize)',
  ]),
  api('os_compute_api:servers:revert_resize', memberOrAdmin, [
    'POST /servers/{server_id}/action (revertResize)',
  ]),
  api('os_compute_api:servers:reboot', memberOrAdmin, [
    'POST /servers/{server_id}/action (reboot)',
  ]),
  api('os_compute_api:servers:resize', memberOrAdmin, [
    'POST /servers/{server_id}/action (resize)',
  ]),
  api('compute:servers:resize:cross_cell', nobody, ['POST /servers/{server_id}/action (resize)']),
  api('os_compute_api:servers:rebuild', memberOrAdmin, [
    'POST /servers/{server_id}/action (rebuild)',
  ]),
  api('os_compute_api:servers:rebuild:trusted_certs', memberOrAdmin, [
    'POST /servers/{server_id}/action (rebuild)',
  ]),
  api('os_compute_api:servers:create_image', memberOrAdmin, [
    'POST /servers/{server_id}/action (createImage)',
  ]),
  api('os_compute_api:servers:create_image:allow_volume_backed', memberOrAdmin, [
    'POST /servers/{server_id}/action (createImage)',
  ]),
  api('os_compute_api:servers:start', memberOrAdmin, [
    'POST /servers/{server_id}/action (os-start)',
  ]),
  api('os_compute_api:servers:stop', memberOrAdmin, ['POST /servers/{server_id}/action (os-stop)']),
  api('os_compute_api:servers:trigger_crash_dump', memberOrAdmin, [
    'POST /servers/{server_id}/action (trigger_crash_dump)',
  ]),
  api('os_compute_api:servers:migrations:show', admin, [
    'GET /servers/{server_id}/migrations/{migration_id}',
  ]),
  api('os_compute_api:servers:migrations:force_complete', managerOrAdmin, [
    'POST /servers/{server_id}/migrations/{migration_id}/action (force_complete)',
  ]),
  api('os_compute_api:servers:migrations:delete', managerOrAdmin, [
    'DELETE /servers/{server_id}/migrations/{migration_id}',
  ]),
  api('os_compute_api:servers:migrations:index', managerOrAdmin, [
    'GET /servers/{server_id}/migrations',
  ]),
  api(
    'os_compute_api:servers:migrations:index:host',
    admin,
    ['GET /servers/{server_id}/migrations'],
    'os_compute_api:servers:migrations:index',
    'rule:context_is_admin',
  ),
  api(
    'os_compute_api:os-services:list',
    admin,
    ['GET /os-services'],
    'os_compute_api:os-services',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-services:update',
    admin,
    ['PUT /os-services/{service_id}'],
    'os_compute_api:os-services',
    'rule:admin_api',
  ),
  api(
    'os_compute_api:os-services:delete',
    admin,
    ['DELETE /os-services/{service_id}'],
    'os_compute_api:os-services',
    'rule:admin_api',
  ),
  api('os_compute_api:os-shelve:shelve', memberOrAdmin, [
    'POST /servers/{server_id}/action (shelve)',
  ]),
  api('os_compute_api:os-shelve:unshelve', memberOrAdmin, [
    'POST /servers/{server_id}/action (unshelve)',
  ]),
  api('os_compute_api:os-shelve:unshelve_to_host', admin, [
    'POST /servers/{server_id}/action (unshelve)',
  ]),
  api('os_compute_api:os-shelve:shelve_offload', admin, [
    'POST /servers/{server_id}/action (shelveOffload)',
  ]),
  api('os_compute_api:os-simple-tenant-usage:show', readerOrAdmin, [
    'GET /os-simple-tenant-usage/{tenant_id}',
  ]),
  api('os_compute_api:os-simple-tenant-usage:list', admin, ['GET /os-simple-tenant-usage']),
  api('os_compute_api:os-suspend-server:resume', memberOrAdmin, [
    'POST /servers/{server_id}/action (resume)',
  ]),
  api('os_compute_api:os-suspend-server:suspend', memberOrAdmin, [
    'POST /servers/{server_id}/action (suspend)',
  ]),
  api(
    'os_compute_api:os-tenant-networks:list',
    readerOrAdmin,
    ['GET /os-tenant-networks'],
    'os_compute_api:os-tenant-networks',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-tenant-networks:show',
    readerOrAdmin,
    ['GET /os-tenant-networks/{network_id}'],
    'os_compute_api:os-tenant-networks',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:list',
    readerOrAdmin,
    ['GET /os-volumes'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:create',
    memberOrAdmin,
    ['POST /os-volumes'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:detail',
    readerOrAdmin,
    ['GET /os-volumes/detail'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:show',
    readerOrAdmin,
    ['GET /os-volumes/{volume_id}'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:delete',
    memberOrAdmin,
    ['DELETE /os-volumes/{volume_id}'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:snapshots:list',
    readerOrAdmin,
    ['GET /os-snapshots'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:snapshots:create',
    memberOrAdmin,
    ['POST /os-snapshots'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:snapshots:detail',
    readerOrAdmin,
    ['GET /os-snapshots/detail'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:snapshots:show',
    readerOrAdmin,
    ['GET /os-snapshots/{snapshot_id}'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api(
    'os_compute_api:os-volumes:snapshots:delete',
    memberOrAdmin,
    ['DELETE /os-snapshots/{snapshot_id}'],
    'os_compute_api:os-volumes',
    'rule:admin_or_owner',
  ),
  api('os_compute_api:os-volumes-attachments:index', readerOrAdmin, [
    'GET /servers/{server_id}/os-volume_attachments',
  ]),
  api('os_compute_api:os-volumes-attachments:create', memberOrAdmin, [
    'POST /servers/{server_id}/os-volume_attachments',
  ]),
  api('os_compute_api:os-volumes-attachments:show', readerOrAdmin, [
    'GET /servers/{server_id}/os-volume_attachments/{volume_id}',
  ]),
  api('os_compute_api:os-volumes-attachments:update', memberOrAdmin, [
    'PUT /servers/{server_id}/os-volume_attachments/{volume_id}',
  ]),
  api('os_compute_api:os-volumes-attachments:swap', serviceOrAdmin, [
    'PUT /servers/{server_id}/os-volume_attachments/{volume_id}',
  ]),
  api('os_compute_api:os-volumes-attachments:delete', memberOrAdmin, [
    'DELETE /servers/{server_id}/os-volume_attachments/{volume_id}',
  ]),
]
