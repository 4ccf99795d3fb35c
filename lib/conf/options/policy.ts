import { bool, list, str } from '../kinds.js'
import { group } from '../option.js'

export const osloPolicy = group('oslo_policy', {
  enforce_scope: bool({ default: true, help: 'A token of the wrong scope is refused.' }),
  enforce_new_defaults: bool({ default: true, help: 'Older, wider defaults do not count.' }),
  policy_file: str({
    default: 'policy.yaml',
    help: 'File of rules; a relative one is looked for beside nova.conf.',
  }),
  policy_default_rule: str({ default: 'default', help: 'Rule where a rule is missing.' }),
  policy_dirs: list({ default: ['policy.d'], help: 'Folders of further rules.' }),
})
