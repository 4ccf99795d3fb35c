/**
 * Where a controller compares the version of a request by itself. What differs by version is a table:
 * `@apiVersion`, a window in a view or a schema, or `behavioursOf`.
 */
const COMPARISON =
  /\.minor\b|\bMicroversion\.of\(|\batLeast\(|(?:\breq(?:uest)?\.|(?<![.\w]))version(?:\.toString\(\))?\s*(?:[<>]=?|[!=]==?)|(?:parseFloat|Number)\(req\.version\b/

export interface Comparison {
  /** From 1. */
  readonly line: number
  readonly text: string
}

export const versionComparisons = (source: string): readonly Comparison[] =>
  source
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => !/^(?:\/?\*|\/\/)/.test(text) && COMPARISON.test(text))
