// files.js — the ways in which picture files come to the page: chosen, pasted, dropped, opened with the app, shared to
// it.

/** @param {HTMLInputElement} input @param {(file: File) => void} take */
export function takeFiles(input, take) {
  /** @param {ArrayLike<File> | null | undefined} files */
  const first = (files) => {
    if (files?.length) take(files[0]);
    return Boolean(files?.length);
  };
  input.addEventListener('change', () => {
    first([...(input.files ?? [])]);
    input.value = ''; // so that the same file can be chosen again
  });
  document.addEventListener('paste', (event) => {
    if (first(event.clipboardData?.files)) event.preventDefault();
  });
  for (const type of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(type, (event) => {
      const { dataTransfer } = /** @type {DragEvent} */ (event);
      if (!dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      document.documentElement.classList.toggle('dragging', type === 'dragover');
      if (type === 'drop') first(dataTransfer.files);
    });
  }
  /**
   * @type {{launchQueue?: {setConsumer: (take: (launch: {files: {getFile: () => Promise<File>}[]}) => void) => void}}}
   */
  (window).launchQueue?.setConsumer(async ({ files }) => {
    if (files.length) take(await files[0].getFile());
  });
  if (new URLSearchParams(location.search).has('shared'))
    import('../../offline.js').then(({ takeShared }) => takeShared()).then(first);
}
