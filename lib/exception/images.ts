import { NovaException } from './base.js'
import { Invalid } from './kinds.js'

export class ImageImportImpossible extends Invalid {
  static override readonly msgFmt: string = 'Import of image %(image_id)s refused: %(reason)s'
}

export class InvalidImagePropertyName extends Invalid {
  static override readonly msgFmt: string = 'Invalid image property name %(image_property_name)s.'
}

export class UnsupportedRescueImage extends Invalid {
  static override readonly msgFmt: string = 'Unsupported rescue image (image: %(image)s).'
}

export class InvalidImageConfigDrive extends Invalid {
  static override readonly msgFmt: string =
    'Invalid image config drive (config drive: %(config_drive)s).'
}

export class InvalidImageFormat extends Invalid {
  static override readonly msgFmt: string = 'Invalid image format (format: %(format)s).'
}

export class UnsupportedImageModel extends Invalid {
  static override readonly msgFmt: string = 'Unsupported image model (image: %(image)s).'
}

export class CertificateValidationFailed extends NovaException {
  static override readonly msgFmt: string =
    'Image signature certificate validation failed for certificate: %(cert_uuid)s. %(reason)s'
}
