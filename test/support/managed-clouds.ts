import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runNovaManage } from '../../lib/cmd/manage/run.js'
import type { Engine } from './databases.js'

export interface ManageResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface ManagedCloud {
  readonly urls: { readonly api: string; readonly cell0: string; readonly cell: string }
  readonly run: (...args: string[]) => Promise<ManageResult>
  /** As {@link run}, interrupted by the operator as soon as something is printed. */
  readonly interrupted: (...args: string[]) => Promise<ManageResult>
}

/** For a suite: clouds of three databases with their schemas, cell0 and `cell1` mapped. */
export const managedClouds = (engine: Engine): (() => Promise<ManagedCloud>) => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilonova-manage-'))
    folders.push(folder)
    const [api, cell0, cell] = [await engine.url(), await engine.url(), await engine.url()]
    const file = join(folder, 'nova.conf')
    writeFileSync(
      file,
      `[DEFAULT]\ntransport_url = rabbit://mq/\n[api_database]\nconnection = ${api}\n[database]\nconnection = ${cell}\n`,
    )
    const manage = async (args: string[], interrupt: AbortController | null) => {
      let [out, err] = ['', '']
      const code = await runNovaManage(['--config-file', file, ...args], {
        out: text => {
          out += text
          interrupt?.abort()
        },
        err: text => {
          err += text
        },
        env: { HOME: folder },
        signal: interrupt?.signal,
      })
      return { code, out, err }
    }
    const run = (...args: string[]) => manage(args, null)
    for (const args of [
      ['api_db', 'sync'],
      ['cell_v2', 'map_cell0', '--database_connection', cell0],
      ['db', 'sync'],
      ['cell_v2', 'create_cell', '--name', 'cell1'],
    ]) {
      const { code, out, err } = await run(...args)
      if (code !== 0) throw new Error(`nova-manage ${args.join(' ')}: ${code} ${out}${err}`)
    }
    return {
      urls: { api, cell0, cell },
      run,
      interrupted: (...args) => manage(args, new AbortController()),
    }
  }
}
