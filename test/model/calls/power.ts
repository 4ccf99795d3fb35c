import { IMAGE_ID } from '../model-cloud.js'
import { POWER } from '../world.js'
import { act, type Call, savable, simple } from './call.js'

/** What is asked of a guest where it is. */
export const powerCalls: readonly Call[] = [
  simple('start', 'os-start', ['stopped'], 'active', POWER.running, {
    refusedAs: 'start',
    recordedAs: 'start',
    needsHost: true,
    events: ['compute_start_instance'],
  }),
  simple('stop', 'os-stop', ['active', 'error'], 'stopped', POWER.shutdown, {
    refusedAs: 'stop',
    recordedAs: 'stop',
    needsHost: true,
    events: ['compute_stop_instance'],
  }),
  simple('pause', 'pause', ['active'], 'paused', POWER.paused),
  simple('unpause', 'unpause', ['paused'], 'active', POWER.running),
  simple('suspend', 'suspend', ['active'], 'suspended', POWER.suspended),
  simple('resume', 'resume', ['suspended'], 'active', POWER.running),
  simple('unrescue', 'unrescue', ['rescued'], 'active', POWER.running),
  simple(
    'trigger crash dump',
    'trigger_crash_dump',
    ['active', 'paused', 'rescued', 'resized', 'error'],
    null,
    null,
    {
      needsHost: true,
      events: ['compute_trigger_crash_dump'],
    },
  ),
  {
    name: 'soft reboot',
    user: 'member',
    states: ['active'],
    refusedAs: 'reboot',
    recordedAs: 'reboot',
    events: ['compute_reboot_instance'],
    make: server => act(server, 'reboot softly', { reboot: { type: 'SOFT' } }),
  },
  {
    name: 'hard reboot',
    user: 'member',
    states: ['active', 'stopped', 'paused', 'suspended', 'error'],
    refusedAs: 'reboot',
    recordedAs: 'reboot',
    events: ['compute_reboot_instance'],
    make: server =>
      act(server, 'reboot hard', { reboot: { type: 'HARD' } }, () => {
        server.vm = 'active'
        server.power = POWER.running
      }),
  },
  {
    name: 'rescue',
    user: 'member',
    states: ['active', 'stopped', 'error'],
    refusedAs: 'rescue',
    recordedAs: 'rescue',
    events: ['compute_rescue_instance'],
    make: server =>
      act(
        server,
        'rescue',
        { rescue: { adminPass: 'secret' } },
        () => {
          server.vm = 'rescued'
          server.power = POWER.running
        },
        200,
      ),
  },
  {
    name: 'rebuild',
    user: 'member',
    states: ['active', 'stopped', 'error'],
    refusedAs: 'rebuild',
    recordedAs: 'rebuild',
    make: server =>
      act(server, 'rebuild', { rebuild: { imageRef: IMAGE_ID } }, () => {
        server.power = server.vm === 'stopped' ? POWER.shutdown : POWER.running
        server.vm = server.vm === 'stopped' ? 'stopped' : 'active'
        server.isSound = true
      }),
  },
  {
    name: 'change password',
    user: 'member',
    states: ['active'],
    refusedAs: 'changePassword',
    recordedAs: 'changePassword',
    events: ['compute_set_admin_password'],
    make: server => act(server, 'change the password', { changePassword: { adminPass: 'secret' } }),
  },
  {
    name: 'create image',
    user: 'member',
    ignoresLock: true,
    states: savable,
    refusedAs: 'createImage',
    recordedAs: 'createImage',
    events: ['compute_snapshot_instance'],
    make: server => act(server, 'create an image', { createImage: { name: 'shot' } }),
  },
  {
    name: 'create backup',
    user: 'member',
    ignoresLock: true,
    states: savable,
    refusedAs: 'createBackup',
    recordedAs: 'createBackup',
    events: ['compute_backup_instance'],
    make: server =>
      act(server, 'create a backup', {
        createBackup: { name: 'copy', backup_type: 'daily', rotation: 1 },
      }),
  },
  {
    name: 'console output',
    user: 'member',
    ignoresLock: true,
    anyTime: true,
    needsHost: true,
    make: server =>
      server.isSound && server.vm !== 'error'
        ? act(server, 'show the console', { 'os-getConsoleOutput': { length: 3 } }, undefined, 200)
        : null,
  },
  {
    name: 'inject network info',
    user: 'admin',
    anyTime: true,
    make: server =>
      server.isSound && server.host !== null && server.vm !== 'error'
        ? act(server, 'inject network info', { injectNetworkInfo: null })
        : null,
  },
]
