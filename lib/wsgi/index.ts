/** `kilonova/wsgi`: the API framework. Knows nothing of nova but how its API behaves. */

export {
  type ApiRouter,
  type ApiRouterOptions,
  createApiRouter,
} from './api-router.js'
export { Behaviours, type BehavioursAt, type BehaviourTable, behavioursOf } from './behaviours.js'
export {
  action,
  apiVersion,
  body,
  deprecated,
  expectedErrors,
  extends_,
  lastVersion,
  type MethodDecorator,
  query,
  removed,
  response,
  serves,
} from './decorators.js'
export type { WsgiLog } from './dispatcher.js'
export { ExtensionManager, type ExtensionOptions, type LoadOptions } from './extension-manager.js'
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
export { isCidr, parseTime } from './formats.js'
export { bestMatch, COMPUTE_TYPE, JSON_TYPE, pathOf, responseType } from './media-type.js'
export type { MethodTable, WsgiTable } from './method-table.js'
export {
  API_VERSION_HEADER,
  computeVersions,
  Microversion,
  VersionNegotiator,
  type VersionRange,
} from './microversion.js'
export { folderVersion } from './module-folder.js'
export { type OpenApiOptions, openApiDocument } from './openapi.js'
export type { Extender, MethodSource, Operation, Overload } from './operation.js'
export { boolFromString, integerBetween, strictBool, types } from './parameter-types.js'
export type { KnownRoute, RouteStatus } from './placeholders.js'
export { PlainError, sendPlainError } from './plain-error.js'
export { type ReloadingOptions, reloadingApp } from './reloading-app.js'
export type { ApiRequest, App, QueryValues, RouteParams } from './request.js'
export { DEFAULT_MAX_BODY_BYTES } from './request-body.js'
export {
  type ControllerClass,
  type Extension,
  type Method,
  type ResourceExtension,
  type RouteEntry,
  resourceKey,
} from './resource-definition.js'
export { ReadyResponse, ResponseObject, type ResponseOptions } from './response-object.js'
export { type RouteMatch, Router } from './router.js'
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
export { faultOf, sendError } from './send-error.js'
export type { ServedRoute } from './served-route.js'
export { Validation, type Validator } from './validation.js'
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
