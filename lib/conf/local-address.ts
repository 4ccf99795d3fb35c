import { networkInterfaces } from 'node:os'

/** The first address of this host that others may reach, IPv4 before IPv6; else the loopback. */
export const localAddress = (): string => {
  const addresses = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
  return (addresses.find(({ family }) => family === 'IPv4') ?? addresses[0])?.address ?? '127.0.0.1'
}
