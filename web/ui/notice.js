// notice.js — says something at the foot of the page, with an action to take.

export class Notice {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #text;
  #button;

  /** @param {HTMLElement} place holds a span and a button */
  constructor(place) {
    [this.#text, this.#button] = /** @type {HTMLElement[]} */ ([...place.children]);
  }

  /** @param {string} text '' takes it away @param {string} [action] @param {() => void} [act]
   * @param {number} [seconds] that it stays, 0: until it is answered */
  show(text, action = '', act = () => {}, seconds = 8) {
    this.#text.textContent = text;
    this.#button.textContent = action;
    this.#button.hidden = !action;
    this.#button.onclick = () => {
      this.show('');
      act();
    };
    clearTimeout(this.#timer);
    if (text && seconds) this.#timer = setTimeout(() => this.show(''), 1000 * seconds);
  }
}
