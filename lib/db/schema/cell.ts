export type CellSchema = Record<string, Record<string, unknown>>
