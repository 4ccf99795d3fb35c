import { bool, int, list } from '../kinds.js'
import { group } from '../option.js'

/** The fake hypervisor: Kilonova's own group, for trials and tests. */
export const fake = group('fake', {
  vcpus: int({ default: 1000, min: 0, help: 'CPUs that the fake hypervisor has.' }),
  memory_mb: int({ default: 800_000, min: 0, help: 'MiB of memory that it has.' }),
  local_gb: int({ default: 600_000, min: 0, help: 'GiB of disk that it has.' }),
  delays: list({ help: 'Seconds that it takes for things, as spawn:2, reboot:0.5.' }),
  wait_for_vif_plug: bool({
    default: false,
    help: 'Wait for ports to come up, as vif_plugging_timeout says; they do where something plugs them.',
  }),
  failures: list({
    help: 'What it fails at: spawn, spawn@compute-1 (on that host), spawn@compute-1:2 (twice), spawn:5% (now and then).',
  }),
})
