// What features/photo says in English.
export default {
  'error.IMAGE_DAMAGED': 'The picture is damaged or cut short.',
  'error.IMAGE_EMPTY': 'The file is empty.',
  'error.IMAGE_TOO_LARGE': 'The picture is too large: at most 64 megapixels, and 16,384 pixels a side.',
  'error.IMAGE_UNKNOWN':
    'This browser cannot open this file as a picture. PNG, JPEG, WebP, AVIF, GIF and SVG work; save a HEIC or TIFF picture as JPEG first.',
  'photo.none': 'No digits were found in this picture.',
  'photo.unnamed': 'The picture',
  'photo.unopened': 'The file could not be opened.',
};
