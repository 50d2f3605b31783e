// What features/explain says in English.
export default {
  'explain.combine': 'Filters combine what the layer before found into larger patterns: curves, corners, crossings.',
  'explain.evidence': 'Evidence for {digit} ({share})',
  'explain.filters':
    'Small filters look for strokes everywhere: edges, ends, slants. Dark marks where a filter found its pattern.',
  'explain.found': 'What the filters of step {n} found',
  'explain.input': 'What the network sees',
  'explain.inputText': 'Your digit, 28 × 28 pixels, centred, and as tall as every other.',
  'explain.intro': 'From ink to answer, step by step. Every number here was computed just now, on this device.',
  'explain.legend':
    'Blue ink counts for the digit: without it, the digit would lead by less. Red ink counts against it.',
  'explain.network': 'The network',
  'explain.output': 'Everything found is weighed for each digit. The highest total wins: {digit}, {share}.',
  'explain.picture': 'The input',
  'explain.pool':
    'Of each small square only the strongest response is kept, so the exact place of a stroke matters less.',
  'explain.runnerUp': 'Evidence for the runner-up, {digit} ({share})',
  'explain.step': 'Step {n}',
  'explain.title': 'How this was read',
};
