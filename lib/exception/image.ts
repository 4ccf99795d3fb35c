import { NovaException } from './base.js'
import { Invalid, NotFound } from './kinds.js'

export class GlanceConnectionFailed extends NovaException {
  static override readonly msgFmt: string =
    'Connection to glance host %(server)s failed: %(reason)s'
}

export class ImageNotFound extends NotFound {
  static override readonly msgFmt: string = 'Image %(image_id)s could not be found.'
}

export class ImageNotAuthorized extends NovaException {
  static override readonly msgFmt: string = 'Not authorized for image %(image_id)s.'
}

export class ImageNotActive extends NovaException {
  static override readonly msgFmt: string = 'Image %(image_id)s is not active.'
}

export class ImageUnacceptable extends Invalid {
  static override readonly msgFmt: string = 'Image %(image_id)s is unacceptable: %(reason)s'
}

export class ImageBadRequest extends Invalid {
  static override readonly msgFmt: string =
    'Request of image %(image_id)s got BadRequest response: %(response)s'
}

export class ImageQuotaExceeded extends NovaException {
  static override readonly msgFmt: string =
    'Quota exceeded or out of space for image %(image_id)s in the image service.'
}

export class ImageDeleteConflict extends NovaException {
  static override readonly msgFmt: string = 'Conflict deleting image. Reason: %(reason)s.'
}

export class InvalidImageRef extends Invalid {
  static override readonly msgFmt: string = 'Invalid image href %(image_href)s.'
}

export class CouldNotFetchImage extends NovaException {
  static override readonly msgFmt: string = 'Could not fetch image %(image_id)s'
}

export class CouldNotUploadImage extends NovaException {
  static override readonly msgFmt: string = 'Could not upload image %(image_id)s'
}
