// What features/camera says in English.
export default {
  'camera.denied': 'This page is not allowed to use the camera. Allow it in the address bar, then start again.',
  'camera.ended': 'The camera was disconnected.',
  'camera.failed': 'The camera stopped: {reason}',
  'camera.hidden': 'The camera was stopped while the page was hidden.',
  'camera.insecure':
    'Browsers allow the camera only on pages opened over https or from localhost. This page was opened from {place}. Open it over https, or at http://localhost on the computer that serves it.',
  'camera.inUse': 'The camera is in use by another app. Close that app, then start again.',
  'camera.lightFailed': 'The light could not be switched.',
  'camera.missing': 'No camera was found on this device.',
  'camera.nth': 'Camera {n}',
};
