// start.js — begins to load the reader: index.html asks for this module before all others, app.js for its reader.

import { Reader } from './reader.js';

export const reader = new Reader();
reader.start();
