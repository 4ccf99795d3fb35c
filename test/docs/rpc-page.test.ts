import { rabbitUrl, uniqueName } from '../support/broker.js'
import { type Block, blocksOf, PageFolder, readPage } from '../support/pages.js'
import { addVhost, deleteVhost, needsVhosts } from '../support/vhost.js'

describe('docs/rpc.md', () => {
  const vhost = uniqueName('test-rpc-page')
  const blocks = blocksOf(readPage('docs/rpc.md'))
  let folder: PageFolder | undefined

  /** The page's broker, in a virtual host of the test's own. */
  const here = (block: Block): Block => ({
    ...block,
    text: block.text.replaceAll('rabbit://guest:guest@127.0.0.1:5672/', rabbitUrl + vhost),
  })
  const follow = async (...headings: readonly string[]): Promise<void> => {
    const current = new PageFolder()
    folder = current
    for (const heading of headings) {
      for (const block of blocks.filter(one => one.heading === heading)) {
        await current.follow(here(block))
      }
    }
  }

  afterEach(async () => {
    await folder?.close()
    folder = undefined
  })

  describe('on RabbitMQ', () => {
    let isMade = false
    before(async function () {
      await needsVhosts(this)
      await addVhost(vhost)
      isMade = true
    })
    after(async () => {
      if (isMade) await deleteVhost(vhost)
    })

    it('A server, A client', () => follow('A server', 'A client'))
  })

  for (const heading of ['In one process', 'Failures']) it(heading, () => follow(heading))
})
