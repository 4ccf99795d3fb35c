import type { WeigherFactory } from './weigher.js'
import { weightSettings } from './weight-settings.js'

/** Prefers hosts whose servers came from images with the same properties. */
export const imagePropertiesWeigher: WeigherFactory = ({ conf }) => {
  const { image_props_weight_multiplier: multiplier, image_props_weight_setting: pairs } =
    conf.filter_scheduler
  const settings = weightSettings('[filter_scheduler] image_props_weight_setting', pairs)
  return {
    name: 'ImagePropertiesWeigher',
    multiplierKey: 'image_props_weight_multiplier',
    multiplier,
    ...(multiplier === 0 ? {} : { needs: ['images'] }),
    weigh(host, { imageProperties }) {
      let sum = 0
      for (const properties of host.imageProperties) {
        for (const name in imageProperties) {
          if (String(imageProperties[name]) !== properties[name]) continue
          sum += settings.size === 0 ? 1 : (settings.get(name) ?? 0)
        }
      }
      return sum
    },
  }
}
