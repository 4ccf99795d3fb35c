import request from 'supertest'
import type { TestUser } from '../../lib/testing/index.js'
import { createTestApi, type TestApi, type TestApiOptions } from '../../lib/testing/index.js'

/** Requests below /v2.1 of one user at one version. */
export const clientOf = (api: TestApi, user: TestUser, version?: string) => {
  const headers = api.as(user, version)
  const at = (path: string) => `/v2.1${path}`
  return {
    get: (path: string) => request(api.app).get(at(path)).set(headers),
    delete: (path: string) => request(api.app).delete(at(path)).set(headers),
    post: (path: string, body?: object) => request(api.app).post(at(path)).set(headers).send(body),
    put: (path: string, body?: object) => request(api.app).put(at(path)).set(headers).send(body),
  }
}

/** An API for each test of a suite, closed after it. */
export const eachWithApi = (options?: TestApiOptions) => {
  let api: TestApi | undefined
  beforeEach(async () => {
    api = await createTestApi(options)
  })
  afterEach(async () => {
    await api?.close()
    api = undefined
  })
  const current = (): TestApi => {
    if (!api) throw new Error('there is an API only while a test runs')
    return api
  }
  return Object.assign((user: TestUser, version?: string) => clientOf(current(), user, version), {
    current,
  })
}
