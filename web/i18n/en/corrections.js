// What features/corrections says in English.
export default {
  'corrections.added': { one: '{n} correction was added.', other: '{n} corrections were added.' },
  'corrections.corrected': 'Corrected to {digit}.',
  'corrections.export': 'Export',
  'corrections.full': 'There is no room for more corrections. Remove some first.',
  'corrections.import': 'Import',
  'corrections.mismatch': 'Choose both files together: the images and the labels, as they were exported.',
  'corrections.none':
    'No corrections yet. When a digit is misread, tap the right one: from then on, writing like it is read correctly.',
  'corrections.notDigit': 'Not a digit',
  'corrections.notDigitNow': 'Corrected: not a digit.',
  'corrections.notKept': 'This browser does not store data: it will be forgotten when the page is closed.',
  'corrections.remove': 'Remove',
  'corrections.removeAll': 'Remove all',
  'corrections.removed': 'Removed.',
  'corrections.removedAll': 'All corrections were removed.',
  'corrections.stored': 'Stored on this device only.',
  'corrections.title': 'Corrections',
  'corrections.undo': 'Undo',
};
