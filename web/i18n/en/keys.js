// What ui/keys.js says in English.
export default {
  'keys.clear': 'clear the pad',
  'keys.diagonal': 'move the pen diagonally',
  'keys.help': 'this list',
  'keys.letters': 'Single-letter shortcuts',
  'keys.move': 'move the pen; with Shift, in small steps',
  'keys.pen': 'put the pen down, lift it',
  'keys.space': 'Space',
  'keys.tabs': 'Draw, Photo, Camera',
  'keys.title': 'Keyboard shortcuts',
  'keys.undo': 'undo, redo',
};
