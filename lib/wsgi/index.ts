/** `kilonova/wsgi`: the API framework. Knows nothing of nova but how its API behaves. */

export {
  action,
  apiVersion,
  body,
  expectedErrors,
  extends_,
  type MethodDecorator,
  query,
  response,
  serves,
} from './decorators.js'
export {
  errors,
  Fault,
  type FaultDocument,
  type FaultOptions,
  faultDocument,
  faultName,
  isException,
  ValidationFault,
} from './fault.js'
export {
  API_VERSION_HEADER,
  computeVersions,
  Microversion,
  VersionNegotiator,
  type VersionRange,
} from './microversion.js'
export { boolFromString, integerBetween, strictBool, types } from './parameter-types.js'
export type { ApiRequest, App, QueryValues, RouteParams } from './request.js'
export {
  type ControllerClass,
  type Extension,
  type Method,
  type ResourceExtension,
  type RouteEntry,
  resourceKey,
} from './resource-definition.js'
export { ReadyResponse, ResponseObject, type ResponseOptions } from './response-object.js'
export {
  type JsonSchema,
  multiple,
  type ObjectOptions,
  object,
  type QueryOptions,
  querySchema,
  type SchemaLike,
  SchemaTable,
  schema,
  single,
} from './schema.js'
export {
  alternatives,
  type Document,
  type Field,
  type Fields,
  type Getter,
  nested,
  View,
  view,
  when,
} from './view.js'
export { between, legacyOnly, minorOf, since, until, versions } from './window.js'
