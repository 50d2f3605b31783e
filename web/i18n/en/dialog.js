// What ui/dialog.js says in English.
export default { 'dialog.close': 'Close' };
