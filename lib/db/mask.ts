/** The same URL with `***` for its password. Any text is taken, and none throws. */
export const maskPassword = (url: string): string =>
  url.replace(/^([\w+]+:\/\/[^:@/?#]*):(.*)@/s, '$1:***@')
