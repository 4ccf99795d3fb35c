import { runNovaManage } from '../../lib/cmd/manage/run.js'

/** Runs nova-manage in this process, without any nova.conf but the one it is given. */
export const manage = async (...args: readonly string[]) => {
  let [out, err] = ['', '']
  const code = await runNovaManage(args, {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    env: { HOME: '/nowhere' },
  })
  return { code, out, err }
}
