export type ApiSchema = Record<string, Record<string, unknown>>
