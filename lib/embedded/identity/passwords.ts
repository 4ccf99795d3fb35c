import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number }, Buffer>(
  scrypt,
)

// 16 MiB and some 40 ms, off the event loop.
const cost = { N: 16384, r: 8, p: 1 }
const keyLength = 32

/** @returns `scrypt$N$r$p$salt$key`, the last two in base64 */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(16)
  const key = await derive(password, salt, keyLength, cost)
  const { N, r, p } = cost
  return ['scrypt', N, r, p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** @param stored  null for a user without a password; that takes as long and never matches */
export const checkPassword = async (password: string, stored: string | null): Promise<boolean> => {
  const [scheme, N, r, p, salt = '', key = ''] = (stored ?? nobody).split('$')
  if (scheme !== 'scrypt') return false
  const expected = Buffer.from(key, 'base64')
  const found = await derive(password, Buffer.from(salt, 'base64'), expected.length, {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  })
  return timingSafeEqual(found, expected) && stored !== null
}

const nobody = `scrypt$${cost.N}$${cost.r}$${cost.p}$${'A'.repeat(22)}==$${'A'.repeat(43)}=`
