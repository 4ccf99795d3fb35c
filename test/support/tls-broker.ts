import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { promisify } from 'node:util'
import { isInstalled } from './clients.js'

const run = promisify(execFile)

/** For a `before`: skips aloud where there is no openssl to make certificates with; on CI it is there. */
export const needsOpenssl = (test: Mocha.Context): void => {
  if (isInstalled('openssl')) return
  if (process.env.CI === 'true') throw new Error('openssl is not installed')
  console.warn('      skipped: openssl is not installed')
  test.skip()
}

/** An authority of the test's own, and a folder with what it signed. */
export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kilonova-tls-'))

  static async make(): Promise<Certificates> {
    const made = new Certificates()
    await made.#authority('ca')
    await made.#authority('other-ca')
    await made.#signed('broker', 'subjectAltName=DNS:localhost')
    await made.#signed('client', 'extendedKeyUsage=clientAuth')
    return made
  }

  /** `ca.crt`, `other-ca.crt`, `broker.crt` (for localhost), `client.crt`, and each one's `.key`. */
  path(name: string): string {
    return join(this.#folder, name)
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #authority(name: string): Promise<void> {
    await this.#openssl(['req', '-x509', ...this.#request(name), '-out', this.path(`${name}.crt`)])
  }

  async #signed(name: string, extension: string): Promise<void> {
    const request = this.path(`${name}.csr`)
    const extensions = this.path(`${name}.ext`)
    writeFileSync(extensions, extension)
    await this.#openssl(['req', ...this.#request(name), '-out', request])
    const signer = ['-CA', this.path('ca.crt'), '-CAkey', this.path('ca.key'), '-CAcreateserial']
    const certificate = ['-out', this.path(`${name}.crt`), '-extfile', extensions]
    await this.#openssl(['x509', '-req', '-in', request, ...signer, ...certificate])
  }

  #request(name: string): string[] {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    return [...key, '-keyout', this.path(`${name}.key`), '-subj', `/CN=${name}`]
  }

  async #openssl(args: readonly string[]): Promise<void> {
    await run('openssl', [...args], { timeout: 20_000 })
  }
}

/** Ends TLS in front of a broker that speaks none. */
export class TlsBroker {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Common names of the clients that showed a certificate. */
  readonly clients: string[] = []

  private constructor(certificates: Certificates, upstream: number, asksClients: boolean) {
    const options = {
      key: readFileSync(certificates.path('broker.key')),
      cert: readFileSync(certificates.path('broker.crt')),
      ca: readFileSync(certificates.path('ca.crt')),
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
    }
    this.#server = createServer(options, client => {
      const name = client.getPeerCertificate().subject?.CN
      if (typeof name === 'string') this.clients.push(name)
      const broker = connect(upstream, '127.0.0.1')
      for (const [socket, other] of [
        [client, broker],
        [broker, client],
      ] as const) {
        this.#sockets.add(socket)
        socket.pipe(other)
        socket.on('error', () => other.destroy())
        socket.on('close', () => {
          this.#sockets.delete(socket)
          other.destroy()
        })
      }
    })
    // A client that refuses our certificate.
    this.#server.on('tlsClientError', () => {})
  }

  static async start(
    certificates: Certificates,
    upstream: number,
    { asksClients = false }: { readonly asksClients?: boolean } = {},
  ): Promise<TlsBroker> {
    const broker = new TlsBroker(certificates, upstream, asksClients)
    broker.#server.listen(0, '127.0.0.1')
    await once(broker.#server, 'listening')
    return broker
  }

  get port(): number {
    const address = this.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the TLS broker does not listen')
    return address.port
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
