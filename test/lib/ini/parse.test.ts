import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type IniDialect, IniError, parseIni, readIni } from '../../../lib/ini/index.js'

/** Section name to its options, as pairs in order. */
const told = (text: string, dialect: IniDialect): Record<string, [string, string][]> =>
  Object.fromEntries(
    parseIni(text, { dialect }).sections.map(section => [
      section.name,
      section.options.map(option => [option.key, option.value]),
    ]),
  )

const refusal = (text: string, dialect: IniDialect): Record<string, unknown> => {
  try {
    parseIni(text, { dialect, file: 'a.ini' })
  } catch (error) {
    assert(error instanceof IniError)
    const { kind, file, section, option, line, column } = error
    return { kind, file, section, option, line, column }
  }
  return assert.fail('was accepted')
}

describe('ini, the dialect of Paste Deploy', () => {
  it('takes = and :, the first of them, and trims', () => {
    assert.deepEqual(
      told('[a]\nb=1\nc : 2\nd = x:y\n/v2: app\nkey with  blanks   =  v  ', 'paste'),
      {
        a: [
          ['b', '1'],
          ['c', '2'],
          ['d', 'x:y'],
          ['/v2', 'app'],
          ['key with  blanks', 'v'],
        ],
      },
    )
  })

  it('knows no inline comments and no quotes', () => {
    assert.deepEqual(told('[a]\nb = v ; x\nc = v # y\nd = "q"', 'paste'), {
      a: [
        ['b', 'v ; x'],
        ['c', 'v # y'],
        ['d', '"q"'],
      ],
    })
  })

  it('continues a value by deeper lines, past comments, keeping inner empty lines', () => {
    const text = '[a]\nb = first\n   second\n\n# comment\n      third\n\nc = 1\n  ; comment\n'
    assert.deepEqual(told(text, 'paste'), {
      a: [
        ['b', 'first\nsecond\n\nthird'],
        ['c', '1'],
      ],
    })
  })

  it('lets a less indented option swallow deeper ones, as configparser does', () => {
    assert.deepEqual(told('[a]\n    b = 1\n  c = 2\n    d = 3', 'paste'), {
      a: [
        ['b', '1'],
        ['c', '2\nd = 3'],
      ],
    })
  })

  it('adds the parts of DEFAULT up, and ignores what follows a header', () => {
    assert.deepEqual(told('[DEFAULT]\na = 1\n[b] text\n[DEFAULT]\nc = 2', 'paste'), {
      DEFAULT: [
        ['a', '1'],
        ['c', '2'],
      ],
      b: [],
    })
  })

  it('tells where header, key, value and every line of it stand', () => {
    const document = parseIni('; x\n  [a]\n  key =  one\n     two', { dialect: 'paste' })
    const section = document.section('a')
    assert.deepEqual(section?.at, { line: 2, column: 3 })
    assert.deepEqual(section?.get('key'), {
      section: 'a',
      key: 'key',
      value: 'one\ntwo',
      keyAt: { line: 3, column: 3 },
      valueAt: { line: 3, column: 10 },
      lines: [
        { text: 'one', line: 3, column: 10 },
        { text: 'two', line: 4, column: 6 },
      ],
    })
  })

  it('refuses a section or an option that stands twice, naming the second line', () => {
    assert.deepEqual(refusal('[a]\n[b]\n[a]', 'paste'), {
      kind: 'duplicate-section',
      file: 'a.ini',
      section: 'a',
      option: undefined,
      line: 3,
      column: 1,
    })
    assert.deepEqual(refusal('[DEFAULT]\nx = 1\n[a]\n[DEFAULT]\n x = 2', 'paste'), {
      kind: 'duplicate-option',
      file: 'a.ini',
      section: 'DEFAULT',
      option: 'x',
      line: 5,
      column: 2,
    })
  })

  it('refuses an option before any section, a byte order mark too', () => {
    assert.equal(refusal('# c\na = 1\n[a]', 'paste').kind, 'option-before-section')
    assert.throws(() => parseIni('\ufeff[a]', { dialect: 'paste' }), /byte order mark/)
  })

  it('names every line that is no option in one error', () => {
    assert.throws(
      () => parseIni('[a]\njust words\n\n= v\n', { dialect: 'paste', file: 'a.ini' }),
      (error: IniError) => {
        assert.equal(error.kind, 'not-an-option-line')
        assert.equal(
          error.message,
          "a.ini:2:1: these lines are no options:\n  2: 'just words' is no option, header or comment: there is no '=' or ':'\n  4: '= v' is no option, header or comment: no name stands before '='",
        )
        return true
      },
    )
  })

  it('marks the place in an excerpt', () => {
    assert.throws(
      () => parseIni('[a]\nb = 1\nb = 2', { dialect: 'paste' }),
      (error: IniError) => {
        assert.equal(error.excerpt, '3 | b = 2\n  | ^')
        return true
      },
    )
  })
})

describe('ini, the dialect of oslo.config', () => {
  it('keeps every value of a repeated key and of a section that comes again', () => {
    const document = parseIni('[a]\nx = 1\nx = 2\n[b]\n[a]\nx: 3', { dialect: 'oslo' })
    const section = document.section('a')
    assert.deepEqual(
      section?.all('x').map(option => [option.value, option.keyAt.line]),
      [
        ['1', 2],
        ['2', 3],
        ['3', 6],
      ],
    )
    assert.equal(section?.get('x')?.value, '3')
  })

  it('continues by any indentation until an empty line, and leaves % alone', () => {
    assert.deepEqual(told('[a]\nx = 50%(y)s\n more\n\n# c\ny=\n', 'oslo'), {
      a: [
        ['x', '50%(y)s\nmore'],
        ['y', ''],
      ],
    })
  })

  it('takes a pair of quotes off', () => {
    assert.deepEqual(told(`[a]\nx = "a b"\ny = 'c'\nz = "d'`, 'oslo'), {
      a: [
        ['x', 'a b'],
        ['y', 'c'],
        ['z', `"d'`],
      ],
    })
  })

  it('refuses what it cannot place', () => {
    assert.equal(refusal('x = 1', 'oslo').kind, 'option-before-section')
    assert.equal(refusal('[a', 'oslo').kind, 'bad-section-header')
    assert.equal(refusal('[]', 'oslo').kind, 'bad-section-header')
    assert.equal(refusal('[a]\n\n  x = 1', 'oslo').kind, 'unexpected-continuation')
    assert.equal(refusal('[a]\nx', 'oslo').kind, 'not-an-option-line')
  })

  it('lists all problems for who asks', () => {
    const { problems } = readIni('x = 1\n[a\n[b]\ny', { dialect: 'oslo' })
    assert.deepEqual(
      problems.map(problem => [problem.line, problem.kind]),
      [
        [1, 'option-before-section'],
        [2, 'bad-section-header'],
        [4, 'not-an-option-line'],
      ],
    )
  })
})

describe('ini, both dialects', () => {
  for (const dialect of ['paste', 'oslo'] as const) {
    it(`${dialect}: any text is read or refused with a place inside it`, () => {
      const piece = fc.constantFrom(
        '[',
        ']',
        '=',
        ':',
        '\n',
        ' ',
        '\t',
        '#',
        ';',
        'a',
        '"',
        '%',
        '\r',
      )
      fc.assert(
        fc.property(fc.array(piece), pieces => {
          const { document, problems } = readIni(pieces.join(''), { dialect })
          for (const { line } of problems) assert(line >= 1 && line <= document.lines.length)
        }),
      )
    })

    it(`${dialect}: what is written plainly comes back`, () => {
      const name = fc.stringMatching(/^[a-z][a-z_.]{0,8}$/)
      const value = fc.stringMatching(/^([a-z/][a-z /=:%;#]{0,8}[a-z])?$/)
      const sections = fc.dictionary(name, fc.dictionary(name, value), { noNullPrototype: true })
      fc.assert(
        fc.property(sections, wanted => {
          const text = Object.entries(wanted)
            .map(([section, options]) =>
              [`[${section}]`, ...Object.entries(options).map(([k, v]) => `${k} = ${v}`)].join(
                '\n',
              ),
            )
            .join('\n')
          const expected = Object.fromEntries(
            Object.entries(wanted).map(([section, options]) => [section, Object.entries(options)]),
          )
          assert.deepEqual(told(text, dialect), expected)
        }),
      )
    })
  }
})
