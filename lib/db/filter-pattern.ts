import { InvalidInput } from '../exception/index.js'
import { messageOf } from '../util/message-of.js'
import { linearRegExp } from './regexp.js'

/**
 * A client's regular expression.
 *
 * @throws InvalidInput (400) for one that is none, or could take longer than the text is long
 */
export const filterPattern = (source: string): RegExp => {
  try {
    return linearRegExp(source)
  } catch (error) {
    throw new InvalidInput({
      reason: `'${source}' is not a regular expression that can be used: ${messageOf(error)}`,
    })
  }
}
