import type { ImageMeta } from '../objects/index.js'

/** The image of a request as the v1-style dict that computes still take; `{}` without one. */
export const imageDictOf = (image: ImageMeta | null): Readonly<Record<string, unknown>> => {
  if (!image) return {}
  const { properties: _, ...rest } = dataOf(image.toPrimitive())
  const properties = image.get('properties')
  return { ...rest, properties: properties ? dataOf(properties.toPrimitive()) : {} }
}

const dataOf = (primitive: object): Record<string, unknown> => ({
  ...Object(Reflect.get(primitive, 'nova_object.data')),
})
