import { orNotImplemented } from '../controllers/faults.js'
import type { Req } from '../controllers/req.js'
import type { ApiServices } from '../controllers/services.js'
import type { ComputeApi } from '../lib/compute/api.js'
import { action, body, expectedErrors, object } from '../lib/wsgi/index.js'

interface ConsoleOutputBody {
  readonly 'os-getConsoleOutput': { readonly length?: number | string | null }
}

const schema = object(
  {
    'os-getConsoleOutput': object({
      length: { type: ['integer', 'string', 'null'], pattern: '^-?[0-9]+$', minimum: -1 },
    }),
  },
  { required: ['os-getConsoleOutput'] },
)

// What XML 1.0 has no place for: the answer was XML once, and clients rely on printable text.
const unprintable = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g

/** The action `os-getConsoleOutput` of POST /servers/{id}/action: `{"output": text}`. */
export class ConsoleOutputController {
  readonly #compute: ComputeApi

  constructor({ compute }: ApiServices) {
    this.#compute = compute
  }

  @action('os-getConsoleOutput')
  @body(schema)
  @expectedErrors(404, 409, 501)
  async getConsoleOutput(req: Req<ConsoleOutputBody>): Promise<{ output: string }> {
    const instance = await this.#compute.get(req.context, req.params.id)
    req.context.can('os_compute_api:os-console-output', instance)
    const length = Number(req.body['os-getConsoleOutput'].length ?? -1)
    const output = await orNotImplemented(() =>
      this.#compute.getConsoleOutput(instance, length < 0 ? null : length),
    )
    return { output: output.replaceAll(unprintable, '') }
  }
}

export const extension = {
  alias: 'os-console-output',
  name: 'ConsoleOutput',
  description: 'Tells what a server has written to its console.',
  controllerExtensions: { servers: ConsoleOutputController },
}
