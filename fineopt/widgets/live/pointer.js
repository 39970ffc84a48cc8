// What lies under the pointer, or under a cursor that the arrow keys move, in words.

const figure = (v, digits = 4) => (v === 0 ? "0" : !isFinite(v) ? (v !== v ? "NaN" : v > 0 ? "∞" : "−∞")
  : Number(v.toPrecision(digits)).toString().replace("-", "−"));

// Enough digits to tell values of an axis apart, also if it begins far from 0.
const digitsOf = (axis) => {
  const far = axis.scale === "log0" || !axis.origin ? 0 : Math.abs(axis.origin) / ((axis.high - axis.low) * axis.unit);
  return Math.min(15, 4 + Math.max(0, Math.ceil(Math.log10(far || 1))));
};

// The value of a table in its own unit.
const valueOf = (axis, v) => (axis.scale === "log0" ? (v === -Infinity ? 0 : 10 ** v) : v * axis.unit + axis.origin);

const inside = (p, x, y, slack = 0) =>
  p && x >= p.x - slack && x <= p.x + p.w + slack && y >= p.y - slack && y <= p.y + p.h + slack;

// The row whose x is nearest to a position; with `hold`, the last one at or before it.
function nearestRow(table, box, px, hold) {
  let lo = 0, hi = table.rows - 1;
  while (lo < hi) {
    const middle = (lo + hi + 1) >> 1;
    if (box.sx(table.data[middle * table.cols]) <= px) lo = middle; else hi = middle - 1;
  }
  const at = (i) => box.sx(table.data[i * table.cols]);
  return !hold && lo + 1 < table.rows && at(lo + 1) - px < px - at(lo) ? lo + 1 : lo;
}

function inCells(chart, box, row, j) {
  const table = chart.tables.t, cell = { row, j, watch: chart.rows[j] };
  if (!table?.rows || row < box.grid.first || row >= table.rows || j < 0 || j >= chart.rows.length) return null;
  const epoch = table.data[row * table.cols], number = chart.numbers[row][j];
  return { ...cell, lines: [chart.rows[j], said(chart.faint[row][j] ? "faintCell" : "cell", { epoch, number })] };
}

const NEAR = 12; // pixels from a curve within which a click means it

// Words for one row of a chart over time; of the nearest curve to `py` only, if the chart wants that.
function inRow(chart, box, row, py) {
  const table = chart.tables.t, { data, cols } = table;
  const markOf = (c) => chart.marks.find((m) => (m.column === c.column || m.to === c.column) && m.table === c.table);
  const at = (c) => box.sy(data[row * cols + c.column], markOf(c));
  let columns = chart.columns.filter((c) => data[row * cols + c.column] === data[row * cols + c.column]);
  if (chart.nearest && columns.length) {
    const gap = (c) => Math.abs(at(c) - py);
    columns = [columns.reduce((best, c) => (gap(c) < gap(best) ? c : best))];
  }
  const step = chart.step === undefined ? "" : Math.round(data[row * cols + chart.step]).toLocaleString("en"), epoch = figure(data[row * cols]);
  const when = step && said(chart.x.time === "epoch" ? "stepAndEpoch" : "step", { step, epoch });
  return {
    row, x: box.sx(data[row * cols]), dots: columns.map(at),
    watch: columns.length === 1 && Math.abs(at(columns[0]) - py) <= NEAR ? columns[0].watch : undefined,
    lines: [when, ...columns.map((c) => `${c.text}: ${figure(valueOf(chart.y, data[row * cols + c.column]), digitsOf(chart.y))}`)],
  };
}

// The nearest point of any path.
function alongPath(chart, box, px, py) {
  let best = null;
  for (const c of chart.columns) {
    const table = chart.tables[c.table];
    for (let i = 0; i < (table?.rows || 0); i++) {
      const x = table.data[i * table.cols], y = table.data[i * table.cols + c.column];
      const gap = Math.hypot(box.sx(x) - px, box.sy(y) - py);
      if (gap < 24 && (!best || gap < best.gap)) best = { gap, x, y };
    }
  }
  const at = best ? [best.x, best.y] : [box.ux(px), box.uy(py)];
  const words = `${chart.drop ? "x" : "→"} ${figure(valueOf(chart.x, at[0]))}, ${chart.drop ? "y" : "↑"} ${figure(valueOf(chart.y, at[1]))}`;
  return { lines: [words], x: best ? box.sx(best.x) : undefined, dots: best ? [box.sy(best.y)] : [], at: [box.ux(px), box.uy(py)], alone: true };
}

function found(chart, box, px, py) {
  if (!inside(box.plot, px, py)) {
    if (chart.kind === "cells" && box.grid && px < box.plot.x && inside({ ...box.plot, x: box.x, w: box.plot.x - box.x }, px, py)) {
      const j = Math.floor((py - box.plot.y) / box.grid.tall);
      return { lines: [chart.rows[j], said("clickToWatch")], watch: chart.rows[j] };
    }
    return null;
  }
  if (chart.kind === "cells")
    return inCells(chart, box, box.grid.first + Math.floor((px - box.plot.x) / box.grid.wide), Math.floor((py - box.plot.y) / box.grid.tall));
  if (chart.along) return alongPath(chart, box, px, py);
  if (chart.tips) {
    const { data, cols } = chart.tables.t, gap = (row) => Math.abs(box.sy(data[row * cols + 1]) - py);
    return chart.tips.length ? ofRow(chart, box, chart.tips.map((_, row) => row).reduce((a, b) => (gap(b) < gap(a) ? b : a))) : null;
  }
  const table = chart.tables.t;
  return chart.columns.length && table?.rows ? inRow(chart, box, nearestRow(table, box, px, chart.hold), py) : null;
}

// The words of a row at a height of its own.
function ofRow(chart, box, row) {
  const { data, cols } = chart.tables.t, at = [box.sx(data[row * cols]), box.sy(data[row * cols + 1])];
  return { row, lines: chart.tips[row], x: at[0], dots: [at[1]], alone: true };
}

// Where the cursor begins: at the newest row, or at the top.
const firstRow = (chart, rows) => (chart.tips ? 0 : rows - 1);

// Where an arrow key moves the cursor of a chart; a cursor is {name, row, j}.
function moved(cursor, key, scene, names) {
  const { name } = cursor, chart = scene[name];
  if (chart.tips) key = { ArrowUp: "ArrowLeft", ArrowDown: "ArrowRight" }[key] || key; // rows lie one below another
  const table = chart.tables.t, rows = table?.rows || 0, cells = chart.kind === "cells";
  const next = { ...cursor, row: Math.min(cursor.row ?? firstRow(chart, rows), rows - 1) };
  const count = cells ? chart.rows.length : Math.max(chart.columns.length, 1);
  if (key === "ArrowLeft") next.row = Math.max(next.row - 1, 0);
  else if (key === "ArrowRight") next.row = Math.min(next.row + 1, rows - 1);
  else if (key === "Home") next.row = 0;
  else if (key === "End") next.row = rows - 1;
  else if (key === "PageUp" || key === "PageDown") {
    const i = names.indexOf(name) + (key === "PageDown" ? 1 : -1);
    return { name: names[(i + names.length) % names.length], j: 0 };
  } else next.j = ((next.j || 0) + (key === "ArrowDown" ? 1 : -1) + count) % count;
  return next;
}

function atCursor(chart, box, cursor) {
  if (!box.plot) return null;
  const table = chart.tables.t, rows = table?.rows || 0, row = Math.min(cursor.row ?? firstRow(chart, rows), rows - 1);
  if (row < 0) return { lines: [said("nothingYet", { chart: chart.title })] };
  if (chart.kind === "cells") return inCells(chart, box, Math.max(row, box.grid.first), cursor.j || 0);
  if (chart.tips) return ofRow(chart, box, row);
  if (chart.along) {
    const { data, cols } = table, x = data[row * cols], y = data[row * cols + 1];
    return { lines: [`→ ${figure(valueOf(chart.x, x))}, ↑ ${figure(valueOf(chart.y, y))}`], x: box.sx(x), dots: [box.sy(y)], alone: true };
  }
  if (!chart.columns.length) return { lines: [chart.title] };
  const mark = chart.columns[(cursor.j || 0) % chart.columns.length];
  const py = chart.nearest ? box.sy(table.data[row * table.cols + mark.column], chart.marks.find((m) => m.column === mark.column)) : 0;
  return inRow(chart, box, row, py);
}
