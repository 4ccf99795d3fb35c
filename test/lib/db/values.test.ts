import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fromDatetime, toDatetime } from '../../../lib/db/values.js'

describe('times in columns', () => {
  it('read back as they were written', () => {
    const dates = fc.date({
      min: new Date('1000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(dates, date => {
        date.setUTCMilliseconds(0)
        assert.deepEqual(fromDatetime(toDatetime(date)), date)
      }),
    )
  })

  it('read as Date reads them in any other form, and stay texts where it cannot', () => {
    for (const text of [
      '2026-11-21 01:02:03',
      '2026-02-30 01:02:03',
      '2026-11-21T01:02:03',
      '2026-11-21 01:02:03.5',
      '2026-11-21 24:00:00',
      '2026-11-21',
      '0099-11-21 01:02:03',
    ]) {
      assert.deepEqual(fromDatetime(text), new Date(`${text.replace(' ', 'T')}Z`), text)
    }
    for (const text of [
      '2026-13-21 01:02:03',
      '2026-11-32 01:02:03',
      '2026-11-21 01:60:03',
      '2026-11-21 01:02:60',
      '2026/11-21 01:02:03',
      '2026-11-21 01-02:03',
      '2026-1a-21 01:02:03',
      'neither day nor time',
      '',
    ]) {
      assert.equal(fromDatetime(text), text)
    }
  })
})
