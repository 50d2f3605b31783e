// pad.js — the pad: a sheet that takes ink from mouse, finger, pen and keyboard.
//
// Ink is kept as strokes of points in CSS pixels of the sheet, which is what the core reads; the canvas is only
// its picture, drawn afresh at the screen's own resolution whenever the sheet changes its size.

/** @typedef {number[][]} Stroke points [x, y] */

const PEN_NEAR = 2000; // milliseconds after a pen was last seen, in which a touch is a palm
const STEP = 10; // CSS pixels that an arrow key moves the pen; with Shift, a quarter

/** @type {Record<string, [number, number]>} where the keys move the pen; diagonals lie as on the number block */
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-1, -1],
  PageUp: [1, -1],
  End: [-1, 1],
  PageDown: [1, 1],
};

export class Pad {
  /** All states of the sheet, the empty one first; a stroke, and a clear, makes a new one. @type {Stroke[][]} */
  #history = [[]];
  #now = 0;
  /** @type {{pointer: number | 'keys', type: string, stroke: Stroke} | null} */
  #pen = null;
  #penSeen = -Infinity;
  /** The keyboard's pen. @type {[number, number] | null} */
  #cursor = null;
  /** Ink that no longer fits after a resize is shown smaller; its points stay as they are. */
  #scale = 1;
  #canvas;
  #context;
  #changed;
  #penDown;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => void} changed called after every change of the ink
   * @param {(down: boolean) => void} penDown tells that the keyboard's pen was put down, or lifted
   */
  constructor(canvas, changed, penDown) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.#changed = changed;
    this.#penDown = penDown;
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    canvas.addEventListener('pointerup', (event) => this.#up(event));
    canvas.addEventListener('pointercancel', (event) => this.#cancel(event));
    canvas.addEventListener('keydown', (event) => this.#key(event));
    canvas.addEventListener('blur', () => this.#leave());
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#watchRatio();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  get strokes() {
    return this.#history[this.#now];
  }
  get canUndo() {
    return this.#now > 0;
  }
  get canRedo() {
    return this.#now < this.#history.length - 1;
  }

  /** Ink of an earlier page. @param {Stroke[]} strokes */
  restore(strokes) {
    const drawn = strokes.filter((stroke) => stroke.length && stroke.flat().every(Number.isFinite));
    if (!drawn.length || this.strokes.length) return;
    this.#become(drawn);
    this.#resize();
  }

  undo() {
    this.#go(-1);
  }

  redo() {
    this.#go(1);
  }

  clear() {
    if (!this.strokes.length) return;
    this.#pen = null;
    this.#become([]);
  }

  /** @param {number} by */
  #go(by) {
    if (!this.#history[this.#now + by]) return;
    this.#pen = null;
    this.#now += by;
    this.#show();
  }

  /** @param {Stroke[]} strokes */
  #become(strokes) {
    this.#history.length = ++this.#now; // what was undone is gone
    this.#history.push(strokes);
    this.#show();
  }

  #show() {
    this.draw();
    this.#changed();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #at(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return [(event.clientX - left) / this.#scale, (event.clientY - top) / this.#scale];
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const pen = event.pointerType === 'pen';
    if (pen && this.#pen?.type === 'touch') this.#drop(); // the palm lay down before the pen
    if (event.pointerType === 'touch' && event.timeStamp - this.#penSeen < PEN_NEAR) return;
    if (pen) this.#penSeen = event.timeStamp;
    if (this.#pen || event.button !== 0) return; // one pen at a time; a second finger or button draws nothing
    this.#canvas.setPointerCapture(event.pointerId);
    this.#cursor = null;
    this.#begin(event.pointerId, this.#at(event), event.pointerType);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerType === 'pen') this.#penSeen = event.timeStamp; // also above the sheet
    if (this.#pen?.pointer !== event.pointerId) return;
    const all = event.getCoalescedEvents?.() ?? []; // the points between two frames; Safari had none for long
    this.#extend((all.length ? all : [event]).map((each) => this.#at(each)));
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (this.#pen?.pointer !== event.pointerId) return;
    this.#pen = null;
    this.#changed();
  }

  /** The system took the pointer away, for a palm or a gesture: no stroke was meant. @param {PointerEvent} event */
  #cancel(event) {
    if (this.#pen?.pointer === event.pointerId) this.#drop();
  }

  /** The stroke that is being drawn was none. */
  #drop() {
    this.#go(-1);
    this.#history.length = this.#now + 1;
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    const toggle = event.key === ' ' || event.key === 'Enter';
    if ((!move && !toggle) || (this.#pen && this.#pen.pointer !== 'keys')) return;
    event.preventDefault();
    const width = this.#canvas.clientWidth / this.#scale;
    const height = this.#canvas.clientHeight / this.#scale;
    this.#cursor ??= [width / 2, height / 4];
    if (move) {
      const step = event.shiftKey ? STEP / 4 : STEP;
      this.#cursor = [clamp(this.#cursor[0] + move[0] * step, width), clamp(this.#cursor[1] + move[1] * step, height)];
      if (this.#pen) return this.#extend([this.#cursor]);
    } else if (!this.#pen) {
      this.#penDown(true);
      return this.#begin('keys', this.#cursor, 'keys');
    } else {
      this.#pen = null;
      this.#penDown(false);
      this.#changed();
    }
    this.draw();
  }

  /** The keyboard went elsewhere: its pen is lifted and put away. */
  #leave() {
    if (this.#pen?.pointer === 'keys') this.#pen = null;
    this.#cursor = null;
    this.#show();
  }

  /** @param {number | 'keys'} pointer @param {[number, number]} point @param {string} type */
  #begin(pointer, point, type) {
    const stroke = [point];
    this.#pen = { pointer, type, stroke };
    this.#become([...this.strokes, stroke]);
  }

  /** @param {[number, number][]} points */
  #extend(points) {
    this.#pen?.stroke.push(...points);
    this.#show();
  }

  /** Another screen may have finer pixels: the sheet is then drawn anew, sharp. */
  #watchRatio() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        this.#resize();
        this.#watchRatio();
      },
      { once: true },
    );
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width || !height) return; // another tab is open
    const ratio = devicePixelRatio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const room = this.#width() / 2;
    this.#scale = 1;
    for (const [x, y] of this.strokes.flat()) {
      this.#scale = Math.min(this.#scale, width / (x + room), height / (y + room));
    }
    this.draw();
  }

  /** Width of the pen in CSS pixels: a felt tip on a sheet of this size. */
  #width() {
    return Math.max(7, Math.min(this.#canvas.clientWidth, this.#canvas.clientHeight) / 34);
  }

  draw() {
    const context = this.#context;
    const scale = devicePixelRatio * this.#scale;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.scale(scale, scale);
    context.lineCap = context.lineJoin = 'round';
    context.lineWidth = this.#width();
    context.strokeStyle = context.fillStyle = getComputedStyle(this.#canvas).color;
    for (const stroke of this.strokes) {
      context.beginPath();
      trace(context, stroke);
      context.stroke();
    }
    if (this.#cursor) this.#drawCursor(this.#cursor);
  }

  /** A ring where the keyboard's pen is, filled while it is down. @param {[number, number]} at */
  #drawCursor([x, y]) {
    this.#context.beginPath();
    this.#context.arc(x, y, this.#width(), 0, 2 * Math.PI);
    this.#context.lineWidth = 2;
    this.#context.stroke();
    if (this.#pen) this.#context.fill();
  }
}

/** Through the middles between the points, bent at the points: smooth without overshooting.
 * @param {CanvasRenderingContext2D} context @param {Stroke} points */
function trace(context, points) {
  const [[x, y]] = points;
  const [lastX, lastY] = points[points.length - 1];
  context.moveTo(x, y);
  for (let i = 1; i < points.length - 1; i++) {
    const [cx, cy] = points[i];
    const [nx, ny] = points[i + 1];
    context.quadraticCurveTo(cx, cy, (cx + nx) / 2, (cy + ny) / 2);
  }
  context.lineTo(lastX, lastY);
}

/** @param {number} value @param {number} max */
function clamp(value, max) {
  return Math.min(Math.max(value, 0), max);
}
