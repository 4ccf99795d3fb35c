import { NovaException } from './base.js'
import { NotFound } from './kinds.js'

export class FlavorNotFound extends NotFound {
  static override readonly msgFmt: string = 'Flavor %(flavor_id)s could not be found.'
}

export class FlavorNotFoundByName extends FlavorNotFound {
  static override readonly msgFmt: string = 'Flavor with name %(flavor_name)s could not be found.'
}

export class FlavorAccessNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Flavor access not found for %(flavor_id)s / %(project_id)s combination.'
}

export class FlavorExtraSpecUpdateCreateFailed extends NovaException {
  static override readonly msgFmt: string =
    'Flavor %(id)s extra spec cannot be updated or created after %(retries)d retries.'
}

export class FlavorExtraSpecsNotFound extends NotFound {
  static override readonly msgFmt: string =
    'Flavor %(flavor_id)s has no extra specs with key %(extra_specs_key)s.'
}

export class FlavorExists extends NovaException {
  static override readonly msgFmt: string = 'Flavor with name %(name)s already exists.'
}

export class FlavorIdExists extends NovaException {
  static override readonly msgFmt: string = 'Flavor with ID %(flavor_id)s already exists.'
}

export class FlavorAccessExists extends NovaException {
  static override readonly msgFmt: string =
    'Flavor access already exists for flavor %(flavor_id)s and project %(project_id)s combination.'
}

export class CannotResizeToSameFlavor extends NovaException {
  static override readonly msgFmt: string = 'When resizing, instances must change flavor!'
}

export class FlavorMemoryTooSmall extends NovaException {
  static override readonly msgFmt: string = "Flavor's memory is too small for requested image."
}

export class FlavorImageConflict extends NovaException {
  static override readonly msgFmt: string =
    'Flavor image conflict (flavor val: %(flavor_val)s, image val: %(image_val)s, setting: %(setting)s).'
}

export class FlavorImageLockedMemoryConflict extends NovaException {
  static override readonly msgFmt: string =
    'Flavor image locked memory conflict (flavor: %(flavor)s, image: %(image)s).'
}
