// tabs.js — a tab list as the ARIA Authoring Practices have it: one tab stop, arrows move, one panel is shown.

/**
 * Opens panels by their tabs. Arrow keys only open; a click, or Enter, also chooses: the camera starts by that alone.
 * @template {string} Mode
 * @param {HTMLElement[]} tabs each with the id of its panel as data-mode
 * @param {(mode: Mode) => void} opened @param {(mode: Mode) => void} chosen
 * @returns {(mode: Mode) => void} opens a panel
 */
export function makeTabs(tabs, opened, chosen) {
  const modeOf = (/** @type {HTMLElement} */ tab) => /** @type {Mode} */ (tab.dataset.mode);

  /** @param {Mode} mode */
  function open(mode) {
    for (const tab of tabs) {
      const selected = modeOf(tab) === mode;
      const panel = document.getElementById(modeOf(tab));
      tab.setAttribute('aria-selected', String(selected));
      tab.tabIndex = selected ? 0 : -1;
      if (panel) panel.hidden = !selected;
    }
    opened(mode);
  }

  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => {
      open(modeOf(tab));
      chosen(modeOf(tab));
    });
    tab.addEventListener('keydown', ({ key }) => {
      const back = document.documentElement.dir === 'rtl' ? 1 : -1;
      const to = { ArrowLeft: i + back, ArrowRight: i - back, Home: 0, End: -1 }[key];
      const next = to === undefined ? undefined : tabs.at(to % tabs.length);
      if (!next) return;
      open(modeOf(next));
      next.focus();
    });
  });
  return open;
}
