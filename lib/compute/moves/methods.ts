import { type MethodGuards, type RpcMethods, taking } from '../method-guards.js'
import { type ConfirmResizeArgs, confirmResize } from './confirm-resize.js'
import { type FinishResizeArgs, finishResize } from './finish-resize.js'
import { leaveHost, type ResizeInstanceArgs } from './leave-host.js'
import type { MoveParts } from './parts.js'
import { type PrepResizeArgs, prepareResize } from './prepare-resize.js'
import { finishRevertResize, type RevertArgs, revertResize } from './revert-resize.js'

/** The methods of a host that move instances to other hosts, by their names on the wire. */
export const moveMethods = (parts: MoveParts, guards: MethodGuards): RpcMethods => ({
  ...guards.exclusive({
    prep_resize: taking<PrepResizeArgs>((context, args) => prepareResize(parts, context, args)),
    resize_instance: taking<ResizeInstanceArgs>((context, args) => leaveHost(parts, context, args)),
    finish_resize: taking<FinishResizeArgs>((context, args) => finishResize(parts, context, args)),
    revert_resize: taking<RevertArgs>((context, args) => revertResize(parts, context, args)),
    finish_revert_resize: taking<RevertArgs>((context, args) =>
      finishRevertResize(parts, context, args),
    ),
  }),
  ...guards.recorded({
    confirm_resize: taking<ConfirmResizeArgs>((context, args) =>
      confirmResize(parts, context, args),
    ),
  }),
})
