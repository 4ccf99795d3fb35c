import { Duplex } from 'node:stream'

/**
 * Has what amqplib writes to a connection's socket in one turn of the event loop go out together. It writes every frame
 * by itself: of a message of more than 2 KiB that is two calls of the operating system, and two segments for the
 * broker to read, and as many more for each acknowledgement.
 *
 * @param connection  amqplib's; one without a socket is left as it is
 */
export const coalesceWrites = (connection: object): void => {
  const stream: unknown = Reflect.get(Object(Reflect.get(connection, 'connection')), 'stream')
  if (!(stream instanceof Duplex)) return
  const write = stream.write
  let isCorked = false
  const uncork = (): void => {
    isCorked = false
    stream.uncork()
  }
  const together = (...args: unknown[]): boolean => {
    if (!isCorked) {
      isCorked = true
      stream.cork()
      process.nextTick(uncork)
    }
    return Reflect.apply(write, stream, args)
  }
  Reflect.set(stream, 'write', together)
}
