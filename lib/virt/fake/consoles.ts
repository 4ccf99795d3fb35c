import type { ConsoleAddress, ConsoleProtocol } from '../driver.js'

/** nova's fake consoles: nobody listens there. */
export const fakeConsoles: Readonly<Record<ConsoleProtocol, ConsoleAddress>> = {
  vnc: { host: 'fakevncconsole.com', port: 6969, internalAccessPath: 'FAKE' },
  spice: {
    host: 'fakespiceconsole.com',
    port: 6969,
    internalAccessPath: 'FAKE',
    tlsPort: 6970,
  },
  serial: { host: 'fakerdpconsole.com', port: 6969, internalAccessPath: null },
  mks: { host: 'fakemksconsole.com', port: 6969, internalAccessPath: 'FAKE' },
}
