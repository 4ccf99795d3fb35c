import type { NextFunction, Request, Response } from 'express'
import { VolumeError } from './errors.js'

export const MAX_MINOR = 70

/** The minor of `OpenStack-API-Version: volume 3.N`; 0 without it. @throws VolumeError 400, 406 */
const minorOf = (header: string): number => {
  const text = /(?:^|,)\s*volume\s+(\S+)\s*(?:,|$)/.exec(header)?.[1]
  if (text === undefined) return 0
  if (text === 'latest') return MAX_MINOR
  const minor = /^3\.(\d{1,4})$/.exec(text)?.[1]
  if (minor === undefined) {
    throw new VolumeError(400, `API Version String ${text.slice(0, 32)} is of invalid format.`)
  }
  if (Number(minor) > MAX_MINOR) {
    throw new VolumeError(
      406,
      `Version ${text} is not supported by the API. Minimum is 3.0 and maximum is 3.${MAX_MINOR}.`,
    )
  }
  return Number(minor)
}

/** Reads the microversion, and says in the answer which it was. */
export const withMicroversion = (req: Request, res: Response, next: NextFunction): void => {
  const minor = minorOf(req.get('openstack-api-version') ?? '')
  res.locals.minor = minor
  res.setHeader('openstack-api-version', `volume 3.${minor}`)
  res.vary('OpenStack-API-Version')
  next()
}

export const minorFor = (res: Response): number => Number(res.locals.minor ?? 0)
