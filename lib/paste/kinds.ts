/** What a section can be asked for as. */
export type Want = 'app' | 'filter' | 'server'

export type Protocol =
  | 'paste.app_factory'
  | 'paste.composite_factory'
  | 'paste.composit_factory'
  | 'paste.filter_factory'
  | 'paste.filter_app_factory'
  | 'paste.server_factory'
  | 'paste.server_runner'

/** Of the spellings in one group the first that is found hides the others; groups compete. */
export const sectionKinds: Readonly<Record<Want, readonly (readonly string[])[]>> = {
  app: [['app', 'application'], ['composite', 'composit'], ['pipeline'], ['filter-app']],
  filter: [['filter']],
  server: [['server']],
}

/** As {@link sectionKinds}. */
export const protocolsOf: Readonly<Record<Want, readonly (readonly Protocol[])[]>> = {
  app: [['paste.app_factory'], ['paste.composite_factory'], ['paste.composit_factory']],
  filter: [['paste.filter_factory', 'paste.filter_app_factory']],
  server: [['paste.server_factory', 'paste.server_runner']],
}

export const allKinds: readonly string[] = Object.values(sectionKinds).flat(2)
export const allProtocols: readonly Protocol[] = Object.values(protocolsOf).flat(2)

/** Which kind of thing a protocol makes. */
export const wantOf = (protocol: Protocol): Want => {
  const wants: readonly Want[] = ['app', 'filter', 'server']
  return wants.find(want => protocolsOf[want].flat().includes(protocol)) ?? 'app'
}

/** A `call:` says nothing of its protocol: the section that holds it does, or else what is wanted. */
export const protocolOfCall = (want: Want, section?: string): Protocol => {
  const kind = section?.split(':', 1)[0]
  if (want === 'app' && (kind === 'composite' || kind === 'composit')) {
    return 'paste.composite_factory'
  }
  return `paste.${want}_factory`
}

export const articleFor: Readonly<Record<Want, string>> = {
  app: 'an application',
  filter: 'a filter',
  server: 'a server',
}
