import type { TokenValidator, ValidatedToken } from '../identity/index.js'

/** Who may ask. The name is the token too. */
export type TestUser = 'admin' | 'manager' | 'member' | 'reader' | 'service' | 'other'

/** The project of all but {@link TestUser} `other`. */
export const PROJECT_ID = '6f70656e737461636b20342065766572'
/** The project of `other`. */
export const OTHER_PROJECT_ID = '6f746865722070726f6a656374203030'

/** Roles, those implied included: what Keystone says of a token. */
const users: Readonly<Record<TestUser, readonly [userId: string, projectId: string, string[]]>> = {
  admin: ['u-admin', PROJECT_ID, ['admin', 'manager', 'member', 'reader']],
  manager: ['u-manager', PROJECT_ID, ['manager', 'member', 'reader']],
  member: ['u-member', PROJECT_ID, ['member', 'reader']],
  reader: ['u-reader', PROJECT_ID, ['reader']],
  service: ['u-service', PROJECT_ID, ['service']],
  other: ['u-other', OTHER_PROJECT_ID, ['member', 'reader']],
}

export const userIdOf = (user: TestUser): string => users[user][0]

const tokenOf = (
  name: string,
  [userId, projectId, roles]: (typeof users)[TestUser],
): ValidatedToken => ({
  userId,
  userName: name,
  userDomainId: 'default',
  userDomainName: 'Default',
  projectId,
  projectName: projectId === PROJECT_ID ? 'project' : 'other-project',
  projectDomainId: 'default',
  projectDomainName: 'Default',
  domainId: null,
  domainName: null,
  systemScope: null,
  roles,
  isAdminProject: true,
  catalog: [],
  expiresAt: Number.MAX_SAFE_INTEGER,
})

/** Knows the {@link TestUser}s, whose tokens never end, and nobody else. */
export const testTokens = (): TokenValidator => {
  const tokens = new Map(Object.entries(users).map(([name, user]) => [name, tokenOf(name, user)]))
  return { validate: async token => tokens.get(token) ?? null }
}
