import express, { type Express } from 'express'
import { openDatabase } from '../../lib/db/open.js'
import {
  catalogOf,
  EmbeddedIdentity,
  type EmbeddedIdentityOptions,
  type IdentitySchema,
  identityApp,
} from '../../lib/embedded/identity/index.js'

export const baseUrl = 'http://cloud.test:8774'

/** An embedded identity in memory, mounted at `/identity` as in the cloud. */
export const startIdentity = async (
  options: Partial<EmbeddedIdentityOptions> = {},
): Promise<{ identity: EmbeddedIdentity; app: Express; close(): Promise<void> }> => {
  const db = openDatabase<IdentitySchema>('sqlite://')
  const identity = await EmbeddedIdentity.open(db, {
    publicUrl: `${baseUrl}/identity`,
    ...options,
  })
  await identity.bootstrap({ adminPassword: 'secret', services: catalogOf(baseUrl) })
  const app = express()
  app.use('/identity', identityApp(identity))
  return { identity, app, close: () => db.close() }
}

/** `auth` of a login by name and password, with a project's scope unless null. */
export const passwordLogin = (
  name: string,
  password: string,
  project: string | null = name,
): object => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name, password, domain: { id: 'default' } } },
    },
    ...(project === null
      ? {}
      : { scope: { project: { name: project, domain: { name: 'Default' } } } }),
  },
})
