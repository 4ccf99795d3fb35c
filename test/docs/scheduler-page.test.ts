import assert from 'node:assert/strict'
import { allFilters } from '../../lib/scheduler/filters/index.js'
import { describePage, readPage } from '../support/pages.js'

describePage('docs/scheduler.md', { apart: false })

describe('docs/scheduler.md', () => {
  it('names every filter that there is', () => {
    const page = readPage('docs/scheduler.md')
    const missing = Object.keys(allFilters).filter(
      name => !page.includes(name) && !page.includes(name.replace(/^Aggregate/, '')),
    )
    assert.deepEqual(missing, [])
  })
})
