// Draws charts on a canvas, in CSS pixels; lines of the axes lie on whole device pixels.

const SMALL = 11; // pixels, the least size of text
const TOP = 24, BOTTOM = 36; // pixels above and below the axes
const ROW = 15; // pixels of a row of words

// What is not part of a scene is said in the learner's language by `fineopt.widgets.live.words`.
let words = {};
const said = (key, fields = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => fields[name]);

// Where a value of a table lies on an axis, 0 to 1: `fineopt.scenes.scene.place` in JavaScript.
function placer(axis, mark) {
  const scale = 1 / (axis.high - axis.low);
  if (axis.scale === "linear") return (v) => (v - axis.low) * scale;
  const lanes = mark?.lanes || 1;
  const apart = Math.min(0.04, (0.54 * axis.zero) / Math.max(lanes - 1, 1));
  const rest = 0.45 * axis.zero + ((lanes - 1) / 2 - (mark?.lane || 0)) * apart;
  return (v) => (v === -Infinity ? rest : axis.zero + (1 - axis.zero) * (v - axis.low) * scale);
}

class Painter {
  constructor(canvas, theme, width, height, ratio) {
    Object.assign(this, { theme, width, height, ratio });
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    this.fresh = canvas.width !== w || canvas.height !== h;
    if (this.fresh) {
      [canvas.width, canvas.height] = [w, h];
      // Whole device pixels, also at a ratio such as 1.25: nothing is scaled.
      [canvas.style.width, canvas.style.height] = [`${w / ratio}px`, `${h / ratio}px`];
    }
    this.g = canvas.getContext("2d", { alpha: false });
  }

  // Paint the charts that are dirty; all of them where `dirty` is null.
  paint(charts, boxes, zooms, dirty) {
    const { g } = this;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    if (this.fresh || !dirty) { g.fillStyle = this.theme.ground; g.fillRect(0, 0, this.width, this.height); }
    for (const [name, box] of Object.entries(boxes)) {
      const chart = charts[name];
      if (!chart || (dirty && !this.fresh && !dirty.has(name))) continue;
      g.save();
      g.beginPath();
      g.rect(box.x, box.y, box.w, box.h);
      g.clip();
      g.fillStyle = this.theme.ground;
      g.fillRect(box.x, box.y, box.w, box.h);
      if (chart.kind === "cells") this.cells(chart, box);
      else this.curves(chart, box, zooms[name]);
      this.heading(chart, box);
      g.restore();
    }
  }

  // ---- words ----

  font(size = SMALL, weight = "") { this.g.font = `${weight} ${size}px ${this.theme.font}`; }

  // Words that are wider than the room for them are condensed.
  text(words, x, y, colour, align = "left", baseline = "middle", room = undefined) {
    const { g } = this;
    g.fillStyle = colour;
    g.textAlign = align;
    g.textBaseline = baseline;
    g.fillText(words, x, y, room);
  }

  fit(words, room) {
    const { g } = this;
    if (g.measureText(words).width <= room) return words;
    let n = words.length;
    while (n > 1 && g.measureText(`${words.slice(0, n)}…`).width > room) n--;
    return `${words.slice(0, n)}…`;
  }

  wrapped(text, room) {
    const lines = [];
    for (const word of text.split(" ")) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && this.g.measureText(longer).width <= room) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  colour(group, tone = 0, ink = "") {
    const { theme } = this;
    const base = ink ? theme[ink] : group == null ? theme.grey : theme.groups[group % theme.groups.length];
    return tone ? mix(base, tone > 0 ? theme.ground : theme.ink, Math.abs(tone)) : base;
  }

  // Light colours are mixed with ink until words in them can be read.
  wordColour(group) {
    const light = !this.theme.dark && group != null && group % 6 >= 3;
    return this.colour(group, light ? -0.45 : 0);
  }

  heading(chart, box) {
    this.font(13, "bold");
    const title = this.fit(chart.title, box.w - 12);
    this.text(title, box.x + 6, box.y + 12, this.theme.ink);
    const after = box.x + 6 + this.g.measureText(title).width + 14;
    if (!chart.beside && chart.legend?.length) this.legendRow(chart, box, after);
    if (chart.hint) {
      this.font();
      const plot = box.plot, lines = chart.hint.split("\n");
      lines.forEach((line, i) => this.text(this.fit(line, plot.w - 8), plot.x + plot.w / 2,
        plot.y + plot.h / 2 + ROW * (i - (lines.length - 1) / 2), this.theme.grey, "center"));
    }
  }

  // The legend beside the title, as far as there is room.
  legendRow(chart, box, from) {
    this.font();
    let x = from;
    for (const entry of chart.legend) {
      const sample = entry.shape ? 24 : 0, width = sample + this.g.measureText(entry.text).width;
      if (x + width > box.x + box.w - 6) return;
      if (sample) this.sample(entry, x, box.y + 12);
      this.text(entry.text, x + sample, box.y + 12.5, this.theme.grey);
      x += width + 12;
    }
  }

  sample(entry, x, y) {
    const { g } = this;
    const colour = this.colour(entry.group, entry.tone, entry.ink);
    if (entry.shape === "cell") {
      g.fillStyle = this.cellColour(entry.tone);
      g.fillRect(x + 4, y - 5, 14, 10);
    } else if (entry.shape === "line") {
      g.strokeStyle = colour;
      g.lineWidth = entry.ink === "faint" ? 1.2 : 2;
      g.setLineDash(this.dashes(entry.dash || 0, 2));
      g.beginPath(); g.moveTo(x, y); g.lineTo(x + 20, y); g.stroke();
      g.setLineDash([]);
    } else this.dot(x + 14, y, { size: 8, fill: "own", ...entry }, colour);
  }

  dashes(index, width) {
    const { dashes } = this.theme;
    return dashes[index % dashes.length].map((d) => d * width);
  }

  // ---- axes ----

  // A horizontal or vertical line of one device pixel, between two points.
  hair(x0, y0, x1, y1) {
    const { g, ratio } = this, one = 1 / ratio, snap = (v) => Math.round(v * ratio) / ratio;
    if (x0 === x1) g.fillRect(snap(x0), snap(Math.min(y0, y1)), one, snap(Math.abs(y1 - y0)) || one);
    else g.fillRect(snap(Math.min(x0, x1)), snap(y0), snap(Math.abs(x1 - x0)) || one, one);
  }

  axes(chart, box, zoom) {
    const { theme } = this;
    this.font();
    let x = { ...chart.x, ...(zoom?.x || {}) }, y = { ...chart.y, ...(zoom?.y || {}) };
    const widest = Math.max(16, ...y.labels.map((label) => this.g.measureText(label).width));
    const left = (y.bare && !y.labels.some(Boolean) ? 14 : 16 + widest) + (y.label ? 12 : 0);
    const right = chart.beside && box.w > 560 ? Math.min(230, box.w * 0.3) : chart.named ? Math.min(130, box.w * 0.3) : 10;
    const under = chart.beside && box.w <= 560 ? ROW * 4 * Math.ceil((chart.legend?.length || 0) / 2) : 0;
    const note = chart.note ? this.wrapped(chart.note, box.w - 12) : [];
    const bottom = BOTTOM + ROW * note.length + under;
    const plot = { x: box.x + left, y: box.y + TOP, w: Math.max(box.w - left - right, 40), h: Math.max(box.h - TOP - bottom, 40) };
    if (chart.equal && !zoom) [x, y] = widened(x, y, plot);
    const pad = x.margin || 0, k = plot.w / ((1 + 2 * pad) * (x.high - x.low)), to = placer(y);
    Object.assign(box, {
      plot, xAxis: x, yAxis: y,
      sx: (v) => plot.x + (v - x.low) * k + (pad / (1 + 2 * pad)) * plot.w,
      sy: (v, mark) => plot.y + plot.h - (mark ? placer(y, mark) : to)(v) * plot.h,
      ux: (px) => (px - plot.x - (pad / (1 + 2 * pad)) * plot.w) / k + x.low,
      uy: (py) => y.low + ((plot.y + plot.h - py) / plot.h) * (y.high - y.low),
    });
    const base = plot.y + plot.h;
    this.g.fillStyle = theme.ink;
    this.hair(plot.x, base, plot.x + plot.w, base);
    if (y.scale === "log0") this.brokenSpine(y, plot);
    else if (!y.bare) this.hair(plot.x, plot.y, plot.x, base);
    let last = Infinity;
    (y.ticks || []).forEach((v, i) => {
      const at = box.sy(v === null ? -Infinity : v);
      if (at < plot.y - 6 || at > base + 6 || Math.abs(last - at) < SMALL + 1) return;
      last = at;
      this.g.fillStyle = theme.ink;
      if (!y.bare) this.hair(plot.x - 3, at, plot.x, at);
      this.text(y.labels[i], plot.x - 6, at + 0.5, theme.ink, "right");
    });
    let end = -Infinity;
    x.ticks.forEach((v, i) => {
      const at = box.sx(v), half = this.g.measureText(x.labels[i]).width / 2;
      if (at - half < Math.max(end + 6, box.x) || at < plot.x - 1 || at > plot.x + plot.w + 1) return;
      end = at + half;
      this.g.fillStyle = theme.ink;
      this.hair(at, base, at, base + 3);
      this.text(x.labels[i], Math.min(at, box.x + box.w - half - 1), base + 11, theme.ink, "center");
    });
    this.text(x.label, plot.x + plot.w / 2, base + 25, theme.ink, "center");
    if (y.label) this.text(y.label, box.x + 6, plot.y + plot.h / 2, theme.ink);
    note.forEach((words, i) => this.text(words, box.x + 6, base + BOTTOM + 3 + ROW * i, theme.grey));
    box.under = base + bottom - under;
  }

  brokenSpine(y, plot) {
    const { g } = this, at = (share) => plot.y + plot.h - share * y.zero * plot.h;
    this.hair(plot.x, plot.y, plot.x, at(0.9));
    this.hair(plot.x, at(0.76), plot.x, plot.y + plot.h);
    g.strokeStyle = this.theme.ink;
    g.lineWidth = 1;
    g.setLineDash([]);
    g.beginPath();
    for (const share of [0.76, 0.9]) { g.moveTo(plot.x - 4, at(share) + 2.5); g.lineTo(plot.x + 4, at(share) - 2.5); }
    g.stroke();
  }

  // ---- curves ----

  curves(chart, box, zoom) {
    this.axes(chart, box, zoom);
    const { g } = this, { plot } = box;
    g.save();
    g.beginPath();
    g.rect(plot.x - 1, plot.y - 6, plot.w + 2 + (chart.named ? 200 : 6), plot.h + 8);
    g.clip();
    for (const v of chart.verticals || []) {
      g.strokeStyle = this.colour(v.group);
      g.lineWidth = 1.4;
      g.setLineDash([1.5, 2.6]);
      // The dots of every other group lie in the gaps, so that marks at the same x are both seen.
      g.lineDashOffset = 2 * (v.group % 2);
      g.beginPath(); g.moveTo(box.sx(v.x), plot.y); g.lineTo(box.sx(v.x), plot.y + plot.h); g.stroke();
    }
    g.lineDashOffset = 0;
    g.lineJoin = "round";
    for (const mark of chart.marks) {
      const table = chart.tables[mark.table];
      if (table?.rows) this[mark.draw](mark, table, box);
    }
    g.restore();
    this.labels(chart, box);
    if (chart.beside) this.legendBeside(chart, box);
  }

  *rows(mark, table) {
    const [from, to] = mark.rows || [0, table.rows];
    for (let i = from; i < Math.min(to, table.rows); i++) yield i * table.cols;
  }

  line(mark, { data, rows, cols }, box) {
    const { g } = this, [from, to] = mark.rows || [0, rows];
    const place = placer(box.yAxis, mark), base = box.plot.y + box.plot.h, tall = box.plot.h;
    g.strokeStyle = this.colour(mark.group, mark.tone, mark.ink);
    g.lineWidth = mark.width;
    const zeros = box.yAxis.scale === "log0";
    for (const zero of zeros ? [false, true] : [false]) {
      g.setLineDash(zero ? this.theme.dotted.map((d) => d * mark.width) : this.dashes(mark.dash || 0, mark.width));
      g.beginPath();
      let pen = false;
      for (let i = from; i < Math.min(to, rows); i++) {
        const v = data[i * cols + mark.column];
        if (v !== v || (zeros && (v === -Infinity) !== zero)) { pen = false; continue; }
        // A canvas draws nothing of a line with a coordinate that is infinite or far too large.
        const x = box.sx(data[i * cols]), at = Math.max(-1e5, Math.min(1e5, base - place(v) * tall));
        if (pen) g.lineTo(x, at); else { g.moveTo(x, at); pen = true; }
      }
      g.stroke();
    }
    g.setLineDash([]);
  }

  area(mark, table, box) {
    const { g } = this, { data } = table;
    g.fillStyle = g.strokeStyle = this.colour(mark.group, 0, mark.ink);
    g.lineWidth = 1;
    g.beginPath();
    const rows = [...this.rows(mark, table)].filter((i) => data[i + mark.column] === data[i + mark.column]);
    for (const i of rows) g.lineTo(box.sx(data[i]), box.sy(data[i + mark.column]));
    for (const i of rows.reverse()) g.lineTo(box.sx(data[i]), box.sy(data[i + mark.to]));
    g.closePath();
    g.fill();
    g.stroke();
  }

  ridge(mark, table, box) {
    const { g } = this, { data } = table;
    g.beginPath();
    for (const i of this.rows(mark, table)) g.lineTo(box.sx(data[i]), box.sy(data[i + 1]));
    g.closePath();
    g.fillStyle = this.colour(mark.group, mark.fill);
    g.strokeStyle = this.colour(mark.group, mark.tone);
    g.lineWidth = 1.1;
    g.fill();
    g.stroke();
  }

  dots(mark, table, box) {
    const colour = this.colour(mark.group, mark.tone, mark.ink);
    for (const i of this.rows(mark, table)) this.dot(box.sx(table.data[i]), box.sy(table.data[i + 1]), mark, colour);
  }

  dot(x, y, { size, shape = "circle", fill = "own" }, colour) {
    const { g, theme } = this, r = size / 2;
    g.beginPath();
    const polygon = (points) => points.forEach(([a, b], i) => (i ? g.lineTo(x + a * r, y + b * r) : g.moveTo(x + a * r, y + b * r)));
    if (shape === "square") polygon([[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]]);
    else if (shape === "diamond") polygon([[0, -1.2], [1, 0], [0, 1.2], [-1, 0]]);
    else if (shape === "triangle") polygon([[0, -1.1], [1, 0.8], [-1, 0.8]]);
    else if (shape === "down") polygon([[0, 1.1], [1, -0.8], [-1, -0.8]]);
    else if (shape === "plus") polygon([[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]]);
    else if (shape === "star") polygon([...Array(10)].map((_, i) => { const a = (i * Math.PI) / 5 - Math.PI / 2, l = i % 2 ? 0.42 : 1; return [l * Math.cos(a), l * Math.sin(a)]; }));
    else g.arc(x, y, r, 0, 2 * Math.PI);
    g.closePath();
    g.fillStyle = fill === "ground" ? theme.ground : colour;
    g.fill();
    g.strokeStyle = fill === "ground" ? colour : theme.ground;
    g.lineWidth = fill === "ground" ? 1.4 : size > 6 ? 1 : 0;
    if (g.lineWidth && (fill === "ground" || size > 6)) g.stroke();
  }

  // ---- words on the axes ----

  labels(chart, box) {
    const { g, theme } = this, { plot } = box, taken = [];
    const put = (words, x, y, colour, step) => { // moved up or down until it hits no other word
      const w = g.measureText(words).width;
      x = Math.max(plot.x + 2, Math.min(x, plot.x + plot.w - w));
      for (let i = 0; i < 8 && taken.some((b) => x < b[1] && b[0] < x + w && Math.abs(b[2] - y) < ROW - 1); i++) y += step;
      if (y < plot.y - 4 || y > plot.y + plot.h + 4) return;
      taken.push([x, x + w, y]);
      g.globalAlpha = 0.8;
      g.fillStyle = theme.ground;
      g.fillRect(x - 1, y - 7, w + 2, 14);
      g.globalAlpha = 1;
      this.text(words, x, y, colour);
    };
    this.font(SMALL, "bold");
    if (chart.alert) put(chart.alert, plot.x + plot.w, plot.y + 8, theme.alert, ROW);
    this.font();
    for (const v of [...(chart.verticals || [])].reverse()) if (v.text) put(v.text, box.sx(v.x) + 4, plot.y + 8, this.wordColour(v.group), ROW);
    this.font(SMALL, "bold");
    for (const mark of chart.marks) {
      if (!mark.label) continue;
      const table = chart.tables[mark.table];
      const first = table && [...this.rows(mark, table)].find((i) => table.data[i + mark.column] === table.data[i + mark.column]);
      if (first !== undefined) put(mark.label, box.sx(table.data[first]) + 5, box.sy(table.data[first + mark.column], mark) - 10, this.wordColour(mark.group), -14);
    }
    for (const word of chart.words || []) {
      this.font(word.bold ? 13 : SMALL, word.bold ? "bold" : "");
      const x = box.sx(word.x), y = box.sy(word.y), room = plot.x + plot.w - x;
      const words = word.least && g.measureText(word.text).width > room ? word.least : word.text;
      put(words, x + (word.least ? 0 : 9), word.least ? y : y - 9, this.wordColour(word.group), -ROW);
    }
    this.font();
    if (chart.named) this.endLabels(chart, box);
  }

  // Names at the ends of lines, in their order, each in a row of its own.
  endLabels(chart, box) {
    const { plot } = box, ends = [];
    for (const mark of chart.marks) {
      const { data, rows = 0, cols } = chart.tables[mark.table] || {};
      for (let i = rows - 1; i >= 0 && mark.end; i--) {
        const v = data[i * cols + mark.column];
        if (v === v) { ends.push([box.sy(v, mark), box.sx(data[i * cols]), mark]); break; }
      }
    }
    ends.sort((a, b) => b[0] - a[0]);
    let y = plot.y + plot.h + ROW;
    const rows = ends.map(([at]) => (y = Math.min(at, y - ROW)));
    for (let i = rows.length - 1, top = plot.y - ROW; i >= 0; i--) top = rows[i] = Math.max(rows[i], top + ROW);
    ends.forEach(([at, x, mark], i) => {
      const right = plot.x + plot.w + 6, { g } = this;
      g.strokeStyle = this.colour(mark.group, 0.5);
      g.lineWidth = 0.8;
      g.beginPath(); g.moveTo(x, at); g.lineTo(right, rows[i]); g.stroke();
      this.text(this.fit(mark.end, box.x + box.w - right - 2), right + 2, rows[i], this.wordColour(mark.group));
    });
  }

  legendBeside(chart, box) {
    const { plot } = box, wide = box.w > 560;
    const room = wide ? box.x + box.w - plot.x - plot.w - 20 : box.w / 2 - 12;
    const most = Math.max(1, Math.floor(plot.h / (4 * ROW)));
    const first = wide ? Math.max(0, chart.legend.length - most) : 0;
    chart.legend.slice(first).forEach((entry, i) => {
      const x = wide ? plot.x + plot.w + 14 : box.x + 6 + (i % 2) * (box.w / 2);
      const y = wide ? plot.y + 8 + i * 4 * ROW : box.under + 8 + Math.floor(i / 2) * 4 * ROW;
      this.sample({ ...entry, shape: "line" }, x, y);
      this.dot(x + 10, y, { size: 7, shape: entry.shape }, this.colour(entry.group));
      this.font(13, "bold");
      this.text(entry.number, x + 26, y, this.wordColour(entry.group));
      this.font();
      entry.text.split("\n").forEach((line, j) => this.text(this.fit(line, room - 38), x + 38, y + j * ROW, this.theme.ink));
    });
  }

  // ---- a table of numbers ----

  cellColour(tone) {
    const { theme } = this;
    return mix(theme.ground, tone > 0 ? theme.plus : theme.minus, Math.abs(tone));
  }

  cells(chart, box) {
    const { g, theme } = this, table = chart.tables.t, total = table?.rows || 0, n = chart.rows.length;
    this.font();
    const widest = Math.max(...chart.short.map((name) => g.measureText(name).width), 20);
    const left = 14 + Math.min(box.w * 0.4, widest);
    const plot = (box.plot = { x: box.x + left, y: box.y + TOP, w: box.w - left - 6, h: box.h - TOP - BOTTOM });
    const count = Math.min(total, Math.max(1, Math.floor(plot.w / 42)));
    const wide = Math.min(plot.w / Math.max(count, 1), 64), tall = plot.h / n, first = total - count;
    box.grid = { first, count, wide, tall };
    chart.short.forEach((name, j) => {
      const watched = chart.rows[j] === chart.watched;
      this.font(SMALL, watched ? "bold" : "");
      this.text(this.fit(name, left - 10), plot.x - 6, plot.y + (j + 0.5) * tall, this.wordColour(chart.groups[j]), "right");
    });
    for (let i = 0; i < count; i++) {
      const at = plot.x + (i + 0.5) * wide;
      for (let j = 0; j < n; j++) this.cell(chart, table, first + i, j, at, plot.y + j * tall, wide, tall);
      this.font();
      this.text(String(table.data[(first + i) * table.cols]), at, plot.y + plot.h + 10, theme.ink, "center");
    }
    const note = first > 0 ? chart.note + said("lastEpochs", { count }) : chart.note;
    this.text(this.fit(note, box.w - 12), plot.x + Math.min(plot.w, count * wide || plot.w) / 2, plot.y + plot.h + 25, theme.grey, "center");
  }

  cell(chart, table, row, j, at, y, wide, tall) {
    const { g, theme } = this, tone = table.data[row * table.cols + 1 + j], known = tone === tone;
    const faint = chart.faint[row][j], colour = known ? this.cellColour(faint ? tone * 0.45 : tone) : theme.ground;
    if (known) { g.fillStyle = colour; g.fillRect(at - wide / 2 + 1, y + 1, wide - 2, tall - 2); }
    let ink = brightness(colour) > 140 ? "#1c1c1c" : "#ffffff";
    if (!known || faint) ink = theme.grey;
    this.font(SMALL, faint && known ? "italic" : "");
    this.text(chart.numbers[row][j], at, y + tall / 2 + 0.5, ink, "center", "middle", wide - 6);
  }
}

// Both axes at the same scale: the one with room is widened about its middle.
function widened(x, y, plot) {
  const scale = Math.max((x.high - x.low) / plot.w, (y.high - y.low) / plot.h);
  const wide = (axis, pixels) => {
    const middle = (axis.low + axis.high) / 2, half = (scale * pixels) / 2;
    return { ...axis, low: middle - half, high: middle + half };
  };
  return [wide(x, plot.w), wide(y, plot.h)];
}
