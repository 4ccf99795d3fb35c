/** `kilonova/testing`: the compute API in process, and pipelines of an ini, for suites with supertest. */

export { FakeImages, IMAGE_ID } from './fake-images.js'
export { FakeNetwork } from './fake-network.js'
export { FakeShares } from './fake-shares.js'
export { FakeVolumes } from './fake-volumes.js'
export { addComputeHost, addServer } from './fixtures.js'
export { loadPipeline, type PipelineOptions, type TestPipeline } from './pipeline.js'
export { createTestApi, type TestApi, type TestApiOptions } from './test-api.js'
export { OTHER_PROJECT_ID, PROJECT_ID, type TestUser, testTokens, userIdOf } from './users.js'
