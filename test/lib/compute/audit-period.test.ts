import assert from 'node:assert/strict'
import { lastAuditPeriod } from '../../../lib/compute/audit-period.js'

describe('the last period of instance_usage_audit_period', () => {
  for (const [period, before, begin, end] of [
    ['month', '2026-03-15T10:20:30', '2026-02-01T00:00', '2026-03-01T00:00'],
    ['month', '2026-01-01T00:00:00', '2025-11-01T00:00', '2025-12-01T00:00'],
    ['month@20', '2026-03-15T10:20:30', '2026-01-20T00:00', '2026-02-20T00:00'],
    ['year', '2026-03-15T10:20:30', '2025-01-01T00:00', '2026-01-01T00:00'],
    ['year@6', '2026-03-15T10:20:30', '2024-06-01T00:00', '2025-06-01T00:00'],
    ['day', '2026-03-01T10:20:30', '2026-02-28T00:00', '2026-03-01T00:00'],
    ['day@18', '2026-03-01T10:20:30', '2026-02-27T18:00', '2026-02-28T18:00'],
    ['hour', '2026-03-01T00:20:30', '2026-02-28T23:00', '2026-03-01T00:00'],
    ['hour@30', '2026-03-01T00:20:30', '2026-02-28T22:30', '2026-02-28T23:30'],
  ] as const) {
    it(`is from ${begin} to ${end} for ${period} at ${before}`, () => {
      assert.deepEqual(lastAuditPeriod(period, new Date(`${before}Z`)), {
        begin: new Date(`${begin}Z`),
        end: new Date(`${end}Z`),
      })
    })
  }
})
