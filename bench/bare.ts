import { createServer } from 'node:http'

/**
 * The floor: node:http answering the same bytes and headers, whatever is asked. Reads them from its
 * parent's first message, tells the port by one of its own.
 */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string
}

process.once('message', (answer: Answer) => {
  const body = Buffer.from(answer.body)
  const server = createServer((req, res) => {
    // A server reads what it is sent, even a bare one.
    req.resume()
    req.on('end', () => {
      res.writeHead(answer.status, { ...answer.headers, 'content-length': body.length })
      res.end(body)
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
})
process.once('disconnect', () => process.exit())
