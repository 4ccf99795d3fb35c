import type { OptionDeclarations } from '../paste/index.js'

/**
 * What a section may say to oslo.middleware's filters beside their own options: which nova.conf to
 * read. Here it is the one that the process has read.
 */
export const osloOptions = {
  oslo_config_project: { doc: 'whose configuration file is read; accepted, it is always nova’s' },
  oslo_config_file: { ignored: 'the process has read its nova.conf already' },
  oslo_config_program: { ignored: 'the process has read its nova.conf already' },
} as const satisfies OptionDeclarations
