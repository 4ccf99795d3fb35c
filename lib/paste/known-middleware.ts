import type { OptionDeclaration, OptionDeclarations } from './declared-options.js'

/** What is known of a middleware of npm: which options are arguments of their own, and types. */
export interface KnownMiddleware {
  /** Options that the function takes by their place, ahead of the object with the others. */
  readonly positional?: readonly string[]
  readonly options: OptionDeclarations
}

const int: OptionDeclaration = { type: 'int' }
const bool: OptionDeclaration = { type: 'bool' }
const list: OptionDeclaration = { type: 'list' }
const json: OptionDeclaration = { type: 'json' }
const text: OptionDeclaration = {}

/** `false` turns one of helmet's headers off, an object sets it up. */
const helmetHeaders = [
  'contentSecurityPolicy',
  'crossOriginEmbedderPolicy',
  'crossOriginOpenerPolicy',
  'crossOriginResourcePolicy',
  'originAgentCluster',
  'referrerPolicy',
  'strictTransportSecurity',
  'xContentTypeOptions',
  'xDnsPrefetchControl',
  'xDownloadOptions',
  'xFrameOptions',
  'xPermittedCrossDomainPolicies',
  'xPoweredBy',
  'xXssProtection',
]

const staticFiles: KnownMiddleware = {
  positional: ['root'],
  options: {
    root: { required: true, doc: 'the folder that is served' },
    acceptRanges: bool,
    cacheControl: bool,
    dotfiles: { choices: ['allow', 'deny', 'ignore'] },
    etag: bool,
    extensions: list,
    fallthrough: bool,
    immutable: bool,
    index: list,
    lastModified: bool,
    maxAge: text,
    redirect: bool,
  },
}

const bodies: OptionDeclarations = { inflate: bool, limit: text, strict: bool, type: list }

/**
 * Types of the options of middleware that many use, so that an ini needs no markers for them. What
 * stands here only spares typing: a version that takes other options gets them by marker.
 */
export const knownMiddleware: Readonly<Record<string, KnownMiddleware>> = {
  'helmet#main': { options: Object.fromEntries(helmetHeaders.map(name => [name, json])) },
  'cors#main': {
    options: {
      origin: list,
      methods: list,
      allowedHeaders: list,
      exposedHeaders: list,
      credentials: bool,
      maxAge: int,
      preflightContinue: bool,
      optionsSuccessStatus: int,
    },
  },
  'compression#main': {
    options: { threshold: text, level: int, memLevel: int, chunkSize: int, enforceEncoding: text },
  },
  'morgan#main': {
    positional: ['format'],
    options: { format: { required: true, doc: 'combined, tiny, dev, or tokens' }, immediate: bool },
  },
  'express-rate-limit#main': {
    options: {
      windowMs: int,
      limit: int,
      max: int,
      message: text,
      statusCode: int,
      legacyHeaders: bool,
      standardHeaders: text,
      identifier: text,
      ipv6Subnet: int,
      passOnStoreError: bool,
      skipFailedRequests: bool,
      skipSuccessfulRequests: bool,
    },
  },
  'response-time#main': { options: { digits: int, header: text, suffix: bool } },
  'serve-static#main': staticFiles,
  'express#static': staticFiles,
  'express#json': { options: bodies },
  'express#text': { options: { ...bodies, defaultCharset: text } },
  'express#raw': { options: bodies },
  'express#urlencoded': { options: { ...bodies, extended: bool, parameterLimit: int } },
  'cookie-parser#main': { positional: ['secret'], options: { secret: { secret: true } } },
  'errorhandler#main': { options: { log: bool } },
  'method-override#main': { positional: ['getter'], options: { getter: text, methods: list } },
  'serve-favicon#main': { positional: ['path'], options: { path: text, maxAge: text } },
  'connect-timeout#main': { positional: ['time'], options: { time: text, respond: bool } },
}
