const converted = new WeakSet<object>()

/** Marks options whose texts have been made values, so that nobody does it again. */
export const markConverted = <Conf extends object>(conf: Conf): Conf => {
  converted.add(conf)
  return conf
}

export const isConverted = (conf: object): boolean => converted.has(conf)
