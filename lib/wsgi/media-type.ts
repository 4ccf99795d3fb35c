import type { Request } from 'express'
import { Fault } from './fault.js'

export const JSON_TYPE = 'application/json'
export const COMPUTE_TYPE = 'application/vnd.openstack.compute+json'

/** Types that an answer may have. */
const offered = [JSON_TYPE, COMPUTE_TYPE] as const

/**
 * The best of some types for an `Accept` header: highest q first, at equal q the mask with fewer
 * `*`, then the earlier offer.
 *
 * @returns null when none is acceptable
 */
export const bestMatch = (accept: string, offers: readonly string[]): string | null => {
  let best: { offer: string; q: number; stars: number } | null = null
  const masks = accept.split(',', 50).map(parseMask)
  for (const offer of offers) {
    // How well an offer is liked is told by the mask that names it most exactly.
    const mask = masks
      .filter(({ type }) => matches(type, offer))
      .sort((a, b) => a.stars - b.stars || b.q - a.q)[0]
    if (!mask || mask.q === 0) continue
    if (!best || mask.q > best.q || (mask.q === best.q && mask.stars < best.stars)) {
      best = { offer, q: mask.q, stars: mask.stars }
    }
  }
  return best?.offer ?? null
}

const parseMask = (text: string): { type: string; q: number; stars: number } => {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase())
  const q = parameters.find(parameter => parameter.startsWith('q='))?.slice(2)
  const number = q === undefined ? 1 : Number(q)
  return {
    type,
    q: Number.isFinite(number) ? Math.min(1, Math.max(0, number)) : 0,
    stars: type.split('*').length - 1,
  }
}

const matches = (mask: string, offer: string): boolean =>
  mask === '*/*' || mask === offer || (mask.endsWith('/*') && offer.startsWith(mask.slice(0, -1)))

/** Media type of the answer: the URL map's choice, else by suffix and `Accept`. */
export const responseType = (req: Request): string => {
  if (req.responseType !== undefined) return req.responseType
  const { accept } = req.headers
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return JSON_TYPE
  const path = pathOf(req.url)
  if (path.endsWith('.json')) return JSON_TYPE
  return bestMatch(accept, offered) ?? JSON_TYPE
}

/** `/a/b?c` → `/a/b` */
export const pathOf = (url: string): string => {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** @throws Fault 415 for a body of a type that no handler reads */
export const checkContentType = (req: Request): void => {
  const header = req.headers['content-type']
  if (header === undefined || header === JSON_TYPE) return
  const type = (header.split(';', 1)[0] ?? '').trim().toLowerCase()
  if (type === '' || type === JSON_TYPE || type === COMPUTE_TYPE || type === 'text/plain') return
  throw Fault.of(415, 'content type not supported')
}
