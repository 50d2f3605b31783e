// charts.js — the report's charts, drawn by Apache ECharts on canvas.
//
// The page's policy allows no inline styles. ECharts sets those of its own elements by script, which is allowed, but its
// HTML tooltips hold style attributes, which are not: so tooltips are drawn on the canvas as well ('richText').
import { grouped, percent, validation, wilson } from './figures.js';

/** @typedef {import('../../src/train/report.js').Run} Run */
/** @typedef {import('../../src/train/report.js').Evaluation} Evaluation */
/** @typedef {import('../../src/train/report.js').Measures['disturbances'][0]} Disturbance */
/** @typedef {import('echarts').EChartsOption} Option */
/** @typedef {{run: Run, color: string, best: boolean}} Curve */

// `make report` puts ECharts here; its types are the package's.
const echarts = /** @type {typeof import('echarts')} */ (await import(/** @type {string} */ ('./echarts.js')));

/** A colour or font of the page, by day or night. @param {string} name of a CSS variable */
export const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const charts = new Map();
/** Draws a chart, anew or on what is there; label: what it shows, for those who do not see it.
 * @param {string} id of its element @param {string} label @param {Option} option */
function draw(id, label, option) {
  const element = /** @type {HTMLElement} */ (document.getElementById(id));
  element.setAttribute('aria-label', label);
  if (!charts.has(id)) {
    const chart = echarts.init(element, null, { renderer: 'canvas' });
    charts.set(id, chart);
    new ResizeObserver(() => chart.resize()).observe(element);
  }
  const text = style('text'),
    quiet = style('quiet');
  charts.get(id).setOption(
    {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(element).fontFamily, color: text },
      tooltip: {
        renderMode: 'richText',
        confine: true,
        backgroundColor: style('paper'),
        borderColor: quiet,
        textStyle: { color: text, fontSize: 13 },
        .../** @type {object} */ (option.tooltip),
      },
      ...Object.fromEntries(Object.entries(option).filter(([name]) => name !== 'tooltip')),
    },
    { notMerge: true },
  );
}

const axis = () => ({
  nameTextStyle: { color: style('quiet') },
  nameLocation: /** @type {const} */ ('middle'),
  axisLine: { onZero: false, lineStyle: { color: style('quiet') } },
  axisLabel: { color: style('quiet'), hideOverlap: true },
  splitLine: { lineStyle: { color: style('grid') } },
});

// ── how it reads ──

/** @param {number[][]} confusion */
export function drawConfusion(confusion) {
  const digits = [...'0123456789'],
    wrong = confusion.flatMap((row, label) => row.filter((_, reading) => reading !== label));
  const cells = confusion.flatMap((row, label) => row.map((count, reading) => ({ count, label, reading })));
  const most = Math.max(1, ...wrong),
    paper = style('paper'),
    ink = style('ink'),
    wash = style('wash');
  const right = confusion.reduce((sum, row, label) => sum + row[label], 0);
  const worst = cells.filter(({ label, reading }) => label !== reading).sort((a, b) => b.count - a.count)[0];
  draw(
    'confusion-chart',
    `Confusion matrix: ${grouped(right)} on the diagonal, ${wrong.reduce((a, b) => a + b, 0)} beside it; ` +
      `most often, ${worst.count} times, a ${worst.label} was read as ${worst.reading}. The table below has all.`,
    {
      grid: { left: 48, right: 8, top: 48, bottom: 8 },
      tooltip: {
        formatter: (/** @type {any} */ { value: [reading, label, count] }) =>
          `${grouped(count)} ${label === reading ? `of ${label} read right` : `times a ${label} was read as ${reading}`}`,
      },
      xAxis: {
        ...axis(),
        type: 'category',
        data: digits,
        position: 'top',
        name: 'read as',
        nameGap: 26,
        splitLine: { show: false },
        axisLine: { show: false },
        axisTick: { show: false },
      },
      yAxis: {
        ...axis(),
        type: 'category',
        data: digits,
        inverse: true,
        name: 'label',
        nameGap: 26,
        splitLine: { show: false },
        axisLine: { show: false },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'heatmap',
          data: cells.map(({ count, label, reading }) => {
            const share = label === reading ? 0 : count / most;
            return {
              value: [reading, label, count],
              itemStyle: {
                borderColor: paper,
                borderWidth: 2,
                borderRadius: 4,
                color:
                  label === reading
                    ? wash
                    : count
                      ? echarts.color.modifyAlpha(ink, 0.15 + 0.85 * share)
                      : 'transparent',
              },
              label: { color: share > 0.5 ? paper : style('text') },
            };
          }),
          label: {
            show: true,
            fontSize: 11,
            formatter: (/** @type {any} */ { value }) => (value[2] ? String(value[2]) : '·'),
          },
          emphasis: { itemStyle: { borderColor: style('red') } },
        },
      ],
    },
  );
}

/** @param {NonNullable<Evaluation['bins']>} bins @param {number} ece */
export function drawReliability(bins, ece) {
  const filled = bins.filter((bin) => bin.count);
  const ink = style('ink'),
    most = Math.max(...bins.map((bin) => bin.count));
  const points = filled.map(({ count, right, confidence }) => [
    (100 * confidence) / count,
    (100 * right) / count,
    ...wilson(right, count).map((share) => 100 * share),
    count,
  ]);
  draw(
    'reliability-chart',
    `Reliability diagram: expected calibration error ${percent(ece)}. The table below has all points.`,
    {
      grid: { left: 52, right: 20, top: 16, bottom: 44 },
      tooltip: {
        formatter: (/** @type {any} */ { value: [sure, right, low, high, count] }) =>
          `${sure.toFixed(1)} % sure on average of ${grouped(count)} digits;\n${right.toFixed(1)} % of them are right (${low.toFixed(1)}–${high.toFixed(1)})`,
      },
      xAxis: { ...axis(), type: 'value', min: 0, max: 100, name: 'how sure, %', nameGap: 26 },
      yAxis: { ...axis(), type: 'value', min: 0, max: 100, name: 'how often right, %', nameGap: 34 },
      series: [
        {
          type: 'line',
          data: [
            [0, 0],
            [100, 100],
          ],
          symbol: 'none',
          silent: true,
          lineStyle: { type: 'dashed', color: style('quiet'), width: 1 },
        },
        {
          type: 'custom',
          silent: true,
          data: points,
          encode: { x: 0, y: [1, 2, 3] },
          renderItem: (_, api) => {
            const [x, low] = api.coord([api.value(0), api.value(2)]),
              [, high] = api.coord([api.value(0), api.value(3)]);
            return {
              type: 'line',
              shape: { x1: x, y1: low, x2: x, y2: high },
              style: { stroke: ink, opacity: 0.45, lineWidth: 2 },
            };
          },
        },
        {
          type: 'scatter',
          data: points,
          encode: { x: 0, y: 1 },
          itemStyle: { color: ink, opacity: 1 },
          symbolSize: (/** @type {number[]} */ point) => 7 + (13 * Math.log1p(point[4])) / Math.log1p(most),
        },
      ],
    },
  );
}

/** The share read right at each level of a disturbance. @param {string} id @param {Disturbance} disturbance */
export function drawDisturbance(id, { name, unit, kinds, levels }) {
  const ink = style('ink'),
    paper = style('paper'),
    names = levels.map((level) => level.name);
  const shares = levels.map(({ score }) => [score.right / score.n, ...score.interval].map((share) => 100 * share));
  const rgb = (/** @type {number[] | undefined} */ colour) => `rgb(${colour})`;
  const common = { type: /** @type {const} */ ('line'), silent: true, symbol: 'none' };
  draw(
    id,
    `Read right by ${name}, ${unit}: ${levels.map(({ name, score }) => `${name} ${percent(score.right / score.n, 1)}`).join(', ')}.`,
    {
      grid: { left: 40, right: 12, top: 10, bottom: kinds ? 34 : 26 },
      tooltip: {
        trigger: 'axis',
        axisPointer: { lineStyle: { color: style('quiet') } },
        formatter: (/** @type {any} */ [{ dataIndex: i }]) =>
          `${names[i]}${kinds ? '' : ` ${unit}`}\n${shares[i][0].toFixed(1)} % of ${grouped(levels[i].score.n)} right (${shares[i][1].toFixed(1)}–${shares[i][2].toFixed(1)})`,
      },
      xAxis: {
        ...axis(),
        type: 'category',
        data: names,
        boundaryGap: kinds,
        splitLine: { show: false },
        axisTick: { show: false },
        // Kinds of paper are shown as they are: a seven in that ink.
        axisLabel: kinds
          ? {
              interval: 0,
              margin: 12,
              formatter: (_, i = 0) => `{k${i}|7}`,
              rich: Object.fromEntries(
                levels.map((level, i) => [
                  `k${i}`,
                  {
                    color: rgb(level.ink),
                    backgroundColor: rgb(level.paper),
                    borderColor: style('grid'),
                    borderWidth: 1,
                    borderRadius: 3,
                    padding: [2, 5],
                    fontSize: 12,
                    fontWeight: 'bold',
                  },
                ]),
              ),
            }
          : { ...axis().axisLabel, interval: 0, fontSize: 11 },
      },
      yAxis: { ...axis(), type: 'value', min: 0, max: 100, interval: 25 },
      series: kinds
        ? [
            {
              type: 'custom',
              silent: true,
              data: shares.map(([, low, high], i) => [i, low, high]),
              encode: { x: 0, y: [1, 2] },
              renderItem: (_, api) => {
                const [x, low] = api.coord([api.value(0), api.value(1)]),
                  [, high] = api.coord([api.value(0), api.value(2)]);
                return {
                  type: 'line',
                  shape: { x1: x, y1: low, x2: x, y2: high },
                  style: { stroke: ink, opacity: 0.45, lineWidth: 3 },
                };
              },
            },
            {
              type: 'scatter',
              name,
              data: shares.map(([share]) => share),
              symbolSize: 8,
              itemStyle: { color: ink, opacity: 1 },
            },
          ]
        : [
            { ...common, stack: 'interval', lineStyle: { opacity: 0 }, data: shares.map(([, low]) => low) },
            {
              ...common,
              stack: 'interval',
              lineStyle: { opacity: 0 },
              areaStyle: { color: ink, opacity: 0.16 },
              data: shares.map(([, low, high]) => high - low),
            },
            {
              type: 'line',
              name,
              symbol: 'circle',
              lineStyle: { color: ink, width: 2 },
              data: shares.map(([share], i) => ({
                value: share,
                symbolSize: levels[i].ordinary ? 9 : 6,
                itemStyle: levels[i].ordinary
                  ? { color: paper, borderColor: style('red'), borderWidth: 2.5 }
                  : { color: ink },
              })),
            },
          ],
    },
  );
}

// ── how it learnt ──

/** Accuracies are drawn as −log10 of the error: that spreads what is close to 100 %. */
const stretch = (/** @type {number} */ accuracy) => -Math.log10(Math.max(1 - accuracy, 1e-5));
const ACCURACIES = [0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999];
const LOSSES = Array.from({ length: 24 }, (_, i) => Number(`${[1, 2, 5][i % 3]}e${Math.floor(i / 3) - 5}`));

/** An axis on which f(value) is drawn, from the mark below all values to that above, labelled at marks.
 * @param {number[]} values @param {number[]} marks rising @param {(mark: number) => number} f @param {(mark: number) => string} label */
function graduated(values, marks, f, label) {
  const from = marks.findLast((mark) => mark <= Math.min(...values)) ?? marks[0];
  const to = marks.find((mark) => mark >= Math.max(...values) && mark > from) ?? marks[marks.length - 1];
  const shown = marks.filter((mark) => mark >= from && mark <= to);
  return {
    ...axis(),
    type: /** @type {const} */ ('value'),
    min: f(from),
    max: f(to),
    axisTick: { customValues: shown.map(f) },
    axisLabel: {
      ...axis().axisLabel,
      customValues: shown.map(f),
      formatter: (/** @type {number} */ at) => label(shown.find((mark) => Math.abs(f(mark) - at) < 1e-9) ?? NaN),
    },
  };
}

/** @param {Curve[]} curves */
export function drawCurves(curves) {
  const last = Math.max(
    1,
    ...curves.map(({ run }) => Math.max(run.epochs.at(-1)?.epoch ?? 0, run.steps.at(-1)?.[0] ?? 0)),
  );
  const common = (/** @type {string} */ unit) => ({
    grid: { left: 60, right: 16, top: 12, bottom: 44 },
    tooltip: {
      trigger: /** @type {const} */ ('item'),
      formatter: (/** @type {any} */ { seriesName, value }) =>
        `${seriesName}\nepoch ${Number(value[0].toFixed(2))}: ${value[2] ?? Number(value[1].toPrecision(4))}${unit}`,
    },
    xAxis: {
      ...axis(),
      type: /** @type {const} */ ('value'),
      min: 0,
      max: last,
      name: 'epoch',
      nameGap: 26,
      splitLine: { show: false },
    },
  });
  const line = (/** @type {Curve} */ { run, color, best }, /** @type {any[]} */ data, extra = {}) => ({
    type: /** @type {const} */ ('line'),
    name: run.name,
    data,
    color,
    symbol: 'circle',
    symbolSize: 4,
    showSymbol: data.length < 3,
    triggerLineEvent: true,
    emphasis: { focus: /** @type {const} */ ('series'), lineStyle: { width: 3 } },
    lineStyle: { width: best ? 2.75 : 1.5 },
    ...extra,
  });
  const says = curves.map(({ run }) => run.name).join(', ');
  const end = (/** @type {Run} */ run) => run.epochs.at(-1);

  const losses = curves.map(({ run }) => ({
    trained: run.steps.map(([epoch, loss]) => [epoch, loss]),
    validated: run.epochs.map((each) => [each.epoch, each.validation_nll]),
  }));
  const log = (/** @type {number} */ loss) => Math.log10(Math.max(loss, 1e-5));
  const logged = (/** @type {number[][]} */ points) =>
    points.map(([epoch, loss]) => [epoch, log(loss), loss.toPrecision(3)]);
  draw(
    'loss-chart',
    `Loss of ${curves.length} runs: ${curves.map(({ run }) => `${run.name} ${end(run)?.loss.toPrecision(3) ?? 'at its beginning'}`).join(', ')}.`,
    {
      ...common(''),
      yAxis: graduated(
        losses.flatMap(({ trained, validated }) => [...trained, ...validated]).map(([, loss]) => loss),
        LOSSES,
        log,
        String,
      ),
      series: curves.flatMap((curve, i) => [
        line(curve, logged(losses[i].trained)),
        line(curve, logged(losses[i].validated), { lineStyle: { width: curve.best ? 2.5 : 1.5, type: 'dashed' } }),
      ]),
    },
  );

  draw(
    'accuracy-chart',
    `Validation accuracy of ${curves.length} runs: ` +
      `${curves.map(({ run }) => `${run.name} ${end(run) ? percent(validation(run)) : 'not yet known'}`).join(', ')}.`,
    {
      ...common(' %'),
      yAxis: graduated(
        curves.flatMap(({ run }) => run.epochs.map((each) => each.validation_accuracy)),
        ACCURACIES,
        stretch,
        (mark) => `${Number((100 * mark).toFixed(2))} %`,
      ),
      series: curves.map((curve) =>
        line(
          curve,
          curve.run.epochs.map((each) => [
            each.epoch,
            stretch(each.validation_accuracy),
            (100 * each.validation_accuracy).toFixed(2),
          ]),
          { showSymbol: true },
        ),
      ),
    },
  );

  draw('rate-chart', `Learning rate of ${says}.`, {
    ...common(''),
    yAxis: { ...axis(), type: 'value', min: 0 },
    series: curves.map((curve) =>
      line(
        curve,
        curve.run.steps.map(([epoch, , rate]) => [epoch, rate]),
      ),
    ),
  });
}

/** Parallel coordinates: a line for each trial over the settings that vary, and last its validation accuracy.
 * @param {string} name @param {Run[]} trials those with an epoch @param {string[]} settings @param {Run | undefined} best */
export function drawSweep(name, trials, settings, best) {
  const upright = window.innerWidth < 640; // on a phone the axes lie, one below the other
  const text = style('text'),
    quiet = style('quiet');
  const element = /** @type {HTMLElement} */ (document.getElementById('sweep-chart'));
  element.style.height = upright ? `${64 + 84 * (settings.length + 1)}px` : '';
  const common = {
    nameTextStyle: {
      color: text,
      fontWeight: 'bold',
      fontSize: 13,
      textBorderColor: style('paper'),
      textBorderWidth: 4,
    },
    nameLocation: upright ? 'middle' : 'end',
    nameGap: upright ? -20 : 18,
    axisLine: { lineStyle: { color: quiet } },
    axisTick: { lineStyle: { color: quiet } },
    z: 10, // labels before the lines
    axisLabel: {
      color: text,
      textBorderColor: style('paper'),
      textBorderWidth: 4,
      width: 150,
      overflow: 'truncate',
      ...(upright && { alignMinLabel: 'left', alignMaxLabel: 'right', hideOverlap: true }),
    },
  };
  const axes = settings.map((setting, dim) => {
    const values = [...new Set(trials.map((run) => run.recipe[setting]))];
    const numbers = values.every((value) => typeof value === 'number');
    if (numbers && values.length > 8) {
      const spread =
        Math.min(...values.map(Number)) > 0 && Math.max(...values.map(Number)) / Math.min(...values.map(Number)) > 20;
      return { ...common, dim, name: setting, type: spread ? 'log' : 'value', scale: true };
    }
    const sorted = numbers
      ? values.map(Number).sort((a, b) => a - b)
      : values.map(String).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    return {
      ...common,
      dim,
      name: setting,
      type: 'category',
      boundaryGap: false,
      data: sorted.map((value) => String(value)),
    };
  });
  axes.push({
    ...common,
    dim: settings.length,
    name: 'validation accuracy, %',
    type: 'value',
    scale: true,
    ...{
      axisLabel: { ...common.axisLabel, formatter: (/** @type {number} */ value) => String(Number(value.toFixed(3))) },
    },
  });
  const line = (/** @type {Run} */ run) => ({
    name: run.name,
    value: [
      ...axes
        .slice(0, -1)
        .map(({ type }, i) =>
          type === 'category' ? String(run.recipe[settings[i]]) : Number(run.recipe[settings[i]]),
        ),
      100 * validation(run),
    ],
    lineStyle:
      run === best
        ? { color: style('red'), width: 4, opacity: 1 }
        : { color: style('ink'), width: 1.5, opacity: run.done ? 0.5 : 0.25, type: run.done ? 'solid' : 'dashed' },
  });
  const others = trials.filter((run) => run !== best);
  draw(
    'sweep-chart',
    `Parallel coordinates of ${trials.length} trials of ${name} over ${settings.join(', ')} and validation accuracy` +
      `${best ? `; the best is ${best.name} with ${percent(validation(best))}` : ''}. The table below has all.`,
    /** @type {Option} */ ({
      tooltip: {
        formatter: (/** @type {any} */ { name, value }) =>
          [
            name,
            ...axes.map(
              (each, i) => `${each.name}: ${typeof value[i] === 'number' ? Number(value[i].toPrecision(5)) : value[i]}`,
            ),
          ].join('\n'),
      },
      parallel: upright
        ? { layout: 'vertical', left: 24, right: 32, top: 48, bottom: 40 }
        : { left: 48, right: 120, top: 56, bottom: 28 },
      parallelAxis: axes,
      series: [
        { type: 'parallel', data: others.map(line), emphasis: { lineStyle: { width: 3, opacity: 1 } } },
        { type: 'parallel', name: 'best', z: 5, data: best ? [line(best)] : [] },
      ],
    }),
  );
}
