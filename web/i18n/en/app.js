// What app.js, and what it always loads, say in English.
export default {
  'app.copied': 'Copied.',
  'app.copyFailed': 'This browser does not let the page copy.',
  'app.hung': 'The reader stopped responding and was started again.',
  'app.languageFailed': 'This language could not be loaded.',
  'app.partFailed': 'This part of the page could not be loaded.',
  'app.update': 'A new version is available.',
  'app.updateNow': 'Update',
  'corrections.loadFailed': 'Your corrections could not be loaded.',
  'draw.penDown': 'The pen is down.',
  'draw.penUp': 'The pen is up.',
  'error.HUNG': 'Reading took too long, so the reader was started again.',
  'error.NO_WEBASSEMBLY': 'This browser has no WebAssembly, or it is switched off.',
  'error.NO_WORKER':
    'The reader could not be started. Reload the page. It needs a browser from 2023 or later, with WebAssembly and module workers.',
  'result.confident': 'confident',
  'result.confidentOf': 'confident in the {digit}',
  'result.digit': '{digit}, {confidence} confident',
  'result.instant': 'under 1 ms',
  'result.said': '{text}. Lowest confidence: {confidence}',
  'result.time': 'Read in {time}',
  'result.unread': 'I can’t read this. What is it?',
};
