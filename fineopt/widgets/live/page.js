// One scene for each model, and a canvas for each of its views. Python sends what is new; the page
// acknowledges what it has painted, a few times a second, and says when nobody looks.

function layout(charts, width) {
  const names = Object.keys(charts), two = width >= 640 && names.length > 1;
  const w = two ? Math.floor(width / 2) : width, boxes = {};
  const tallOf = (chart) => {
    if (chart.kind === "cells") return Math.max(two ? 280 : 220, TOP + BOTTOM + 17 * chart.rows.length);
    if (chart.tips) return TOP + BOTTOM + 18 * Math.max(chart.tips.length, 3);
    if (chart.beside) return width > 560 ? 460 : Math.min(width, 420) + 60 * Math.ceil(chart.legend.length / 2);
    return (two ? 280 : 240) + (chart.note ? ROW : 0);
  };
  let y = 0;
  for (let i = 0; i < names.length; i += two ? 2 : 1) {
    const row = names.slice(i, i + (two ? 2 : 1)), h = Math.max(...row.map((name) => tallOf(charts[name])));
    row.forEach((name, k) => { boxes[name] = { x: k * w, y, w, h }; });
    y += h;
  }
  return { boxes, height: Math.max(y, 40) };
}

const CALM = 500; // milliseconds from one frame to the next where motion is to be reduced
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export default () => {
  const scene = {}, views = new Set(), page = Math.random().toString(36).slice(2);
  let send = () => {}, frame = 0, acknowledged = 0, every = 0, timer = 0, style = null, description = "";
  const stats = { received: 0, painted: 0, paint: [] }; // for tests and measurements
  const awake = () => !document.hidden && views.size > 0;
  // Python is told whether all views are off the screen, and again after each greeting.
  let idle = null;
  const tellIdle = () => {
    const now = ![...views].some((view) => view.visible);
    if (now !== idle) send({ page, idle: (idle = now) });
  };
  const greet = (how) => { send({ page, [how]: true }); idle = null; };
  const acknowledge = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      if (acknowledged !== frame) send({ page, ack: (acknowledged = frame) });
    }, every);
  };

  function receive(message, buffers) {
    if (message.full) {
      style = message.style;
      words = message.words;
      every = message.every;
      for (const name of Object.keys(scene)) delete scene[name];
    } else if (!style) return; // part of a scene that this page has not seen: its own is on the way
    else if (message.frame !== frame + 1) { // one is missing, as after a lost connection
      style = null;
      greet("hello");
      tellIdle();
      return;
    }
    for (const name of message.gone || []) delete scene[name];
    for (const [name, said] of Object.entries(message.said)) scene[name] = { tables: scene[name]?.tables || {}, ...said };
    let offset = 0;
    const buffer = buffers[0];
    for (const [name, key, keep, rows, cols] of message.patches) {
      const length = (rows - keep) * cols;
      // Copied, as the buffer's offset may not be a multiple of 4.
      const tail = new Float32Array(buffer.buffer.slice(buffer.byteOffset + offset, buffer.byteOffset + offset + 4 * length));
      offset += 4 * length;
      let table = scene[name].tables[key];
      if (!table || table.cols !== cols || table.data.length < rows * cols) {
        const data = new Float32Array(Math.max(64, 2 * rows) * cols);
        if (table && table.cols === cols) data.set(table.data.subarray(0, keep * cols));
        table = scene[name].tables[key] = { data, cols };
      }
      table.rows = rows;
      table.data.set(tail, keep * cols);
    }
    for (const [name, keys] of Object.entries(message.dropped || {})) for (const key of keys) delete scene[name]?.tables[key];
    frame = message.frame;
    if (message.alt !== undefined) description = message.alt;
    stats.received++;
    const changed = message.full ? null : [...Object.keys(message.said), ...message.patches.map(([name]) => name)];
    for (const view of views) view.ask(changed, !message.full);
    if (awake()) acknowledge();
    else { acknowledged = frame; send({ page, sleep: frame }); } // no frames until `wake`
  }

  return {
    initialize({ model }) {
      send = (content) => {
        try {
          model.send(content);
        } catch { /* the kernel is gone, or restarts: there is nobody to tell */ }
      };
      model.on("msg:custom", receive);
      const visible = () => {
        if (document.hidden) { send({ page, sleep: frame }); return; }
        for (const view of views) view.ask(null);
        greet("wake");
        tellIdle();
      };
      document.addEventListener("visibilitychange", visible);
      return () => {
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", visible);
        model.off("msg:custom", receive);
      };
    },

    render({ el }) {
      const canvas = document.createElement("canvas"), tip = document.createElement("div"), live = document.createElement("div");
      el.classList.add("fineopt-charts");
      el.dataset.lmSuppressShortcuts = "true";
      canvas.tabIndex = 0;
      canvas.setAttribute("role", "img");
      tip.className = "fineopt-tip";
      tip.hidden = true;
      live.className = "fineopt-live";
      live.setAttribute("aria-live", "polite");
      el.append(canvas, tip, live);
      let width = 0, asked = 0, place = { boxes: {}, height: 40 }, theme = null, pointer = null, cursor = null, pressed = 0, dragged = null, shown = null, over = null, speak = 0, rest = 0;
      const zooms = {};
      const view = {
        visible: false, dirty: null, stats, canvas, scene, boxes: () => place.boxes,
        ask(names, moves = false) {
          if (!names) view.dirty = null;
          else if (view.dirty) names.forEach((name) => view.dirty.add(name));
          if (moves && calm.matches) rest ||= setTimeout(() => { rest = 0; view.ask([]); }, CALM);
          else asked ||= requestAnimationFrame(paint);
        },
      };

      function paint() {
        asked = 0;
        if (canvas.getAttribute("aria-label") !== description) canvas.setAttribute("aria-label", description);
        if (!width || !style || !view.visible) return;
        const begin = performance.now();
        theme ||= readTheme(el, style);
        const next = layout(scene, width);
        if (next.height !== place.height || Object.keys(next.boxes).join() !== Object.keys(place.boxes).join() || view.dirty === null) {
          place = next;
          view.dirty = null;
        }
        const painter = new Painter(canvas, theme, width, place.height, devicePixelRatio || 1);
        if (painter.fresh) view.dirty = null;
        if (over) view.dirty?.add(over); // a cross hair lies over that chart
        painter.paint(scene, place.boxes, zooms, view.dirty);
        view.dirty = new Set();
        point(painter);
        stats.painted++;
        stats.paint.push(performance.now() - begin);
        if (stats.paint.length > 1000) stats.paint.shift();
      }

      const boxAt = (x, y) => Object.entries(place.boxes).find(([, b]) => x >= b.x && x < b.x + b.w && y >= b.y && y < b.y + b.h);
      const positionOf = (event) => {
        const bounds = canvas.getBoundingClientRect();
        return [event.clientX - bounds.left, event.clientY - bounds.top];
      };

      // The chart under the pointer, or with the cursor.
      const target = () => (pointer ? boxAt(...pointer)?.[0] : cursor && scene[cursor.name] ? cursor.name : null) ?? null;

      function point(painter) {
        const name = over = target(), box = place.boxes[name];
        const hit = !box?.plot ? null : pointer ? found(scene[name], box, ...pointer) : atCursor(scene[name], box, cursor);
        shown = hit;
        if (tip.hidden !== !hit) tip.hidden = !hit; // to write the same again has the styles computed again
        canvas.style.cursor = hit?.watch ? "pointer" : hit?.at ? "crosshair" : "";
        if (!hit) return;
        const { g } = painter, { plot } = box;
        g.fillStyle = theme.ink;
        if (hit.x !== undefined && !hit.alone) painter.hair(hit.x, plot.y, hit.x, plot.y + plot.h);
        for (const y of hit.dots || []) { g.beginPath(); g.arc(hit.x, y, 3, 0, 7); g.fill(); }
        if (hit.row !== undefined && hit.j !== undefined && box.grid) {
          g.strokeStyle = theme.ink;
          g.lineWidth = 1.5;
          g.strokeRect(plot.x + (hit.row - box.grid.first) * box.grid.wide, plot.y + hit.j * box.grid.tall, box.grid.wide, box.grid.tall);
        }
        tip.textContent = hit.lines.join("\n");
        const [x, y] = pointer || [hit.x ?? plot.x + plot.w / 2, hit.dots?.[0] ?? plot.y + 20];
        tip.style.left = `${Math.max(0, Math.min(x + 14, width - tip.offsetWidth - 2))}px`;
        tip.style.top = `${y + 14 + tip.offsetHeight > place.height ? Math.max(0, y - tip.offsetHeight - 8) : y + 14}px`;
        clearTimeout(speak);
        speak = setTimeout(() => { live.textContent = hit.lines.join(", "); }, pointer ? 600 : 80);
      }

      // A double click on an axis, or between both, shows a quarter of it; another goes back.
      function zoom(name, box, x, y) {
        const chart = scene[name];
        if (chart.kind === "cells" || chart.drop) return;
        if (zooms[name]) delete zooms[name];
        else {
          const { plot, xAxis, yAxis } = box, part = (axis, middle) => {
            const half = (axis.high - axis.low) / 8;
            return zoomed(axis, middle - half, middle + half);
          };
          const own = {};
          if (x >= plot.x) own.x = { ...part(xAxis, box.ux(x)), margin: 0 };
          if (y <= plot.y + plot.h && yAxis.scale === "linear" && !yAxis.bare) own.y = part(yAxis, box.uy(y));
          if (Object.keys(own).length) zooms[name] = own;
        }
        view.ask(null);
      }

      // A start is dragged along an edge of the axes where the pointer is beyond it.
      const drop = (final) => {
        const box = place.boxes[dragged], now = performance.now();
        if (!box?.plot || (!final && now - pressed <= 60)) return;
        const { x, y, w, h } = box.plot, within = (v, low, high) => Math.max(low, Math.min(v, high));
        pressed = now;
        send({ page, drop: [box.ux(within(pointer[0], x, x + w)), box.uy(within(pointer[1], y, y + h))] });
      };
      const listeners = {
        pointermove(event) { pointer = positionOf(event); if (dragged) drop(false); view.ask([]); },
        pointerleave() { pointer = null; view.ask([]); },
        pointerdown(event) {
          pointer = positionOf(event);
          const [name, box] = boxAt(...pointer) || [];
          if (event.button !== 0 || !name || !scene[name].drop || !inside(box.plot, ...pointer)) return;
          dragged = name;
          canvas.setPointerCapture(event.pointerId);
          drop(true);
        },
        pointerup(event) { pointer = positionOf(event); if (dragged) drop(true); dragged = null; },
        pointercancel() { dragged = null; },
        click(event) {
          pointer = positionOf(event);
          const [name, box] = boxAt(...pointer) || [];
          const hit = name && box.plot && found(scene[name], box, ...pointer);
          if (hit?.watch) send({ page, watch: hit.watch });
        },
        dblclick(event) { const [name, box] = boxAt(...positionOf(event)) || []; if (name && box.plot) zoom(name, box, ...positionOf(event)); },
        keydown(event) {
          const names = Object.keys(scene);
          if (!names.length || event.ctrlKey || event.metaKey || event.altKey) return;
          if (event.key === "Escape") { cursor = null; view.ask([]); return; }
          if (event.key === "Enter") { // what the cursor is at now, which may not be painted yet
            const at = cursor && scene[cursor.name] && place.boxes[cursor.name]?.plot;
            const hit = at ? atCursor(scene[cursor.name], place.boxes[cursor.name], cursor) : shown;
            if (hit?.watch) { send({ page, watch: hit.watch }); event.preventDefault(); }
            return;
          }
          if (!/^(Arrow|Page|Home|End)/.test(event.key)) return;
          event.preventDefault();
          pointer = null;
          cursor = cursor && scene[cursor.name] ? moved(cursor, event.key, scene, names) : { name: names[0], j: 0 };
          view.ask([]);
        },
        blur() { cursor = null; view.ask([]); },
      };
      for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener);

      const size = new ResizeObserver(([entry]) => { width = Math.floor(entry.contentRect.width); view.ask(null); });
      size.observe(el);
      // A busy page is told several changes at once; the last is how things are.
      const seen = new IntersectionObserver((changes) => {
        view.visible = changes.at(-1).isIntersecting;
        if (view.visible) view.ask(null);
        tellIdle();
      });
      seen.observe(el);
      const unfollow = followTheme(() => { theme = null; setTimeout(() => { theme = null; view.ask(null); }, 120); view.ask(null); });
      let ratio;
      const followRatio = () => {
        ratio?.removeEventListener("change", followRatio);
        ratio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
        ratio.addEventListener("change", followRatio);
        view.ask(null);
      };
      followRatio();
      views.add(view);
      el.fineoptView = view; // for tests
      greet("hello");
      return () => {
        views.delete(view);
        size.disconnect();
        seen.disconnect();
        unfollow();
        ratio.removeEventListener("change", followRatio);
        cancelAnimationFrame(asked);
        clearTimeout(speak);
        clearTimeout(rest);
        if (views.size) tellIdle();
        else send({ page, sleep: frame });
      };
    },
  };
};

// A part of an axis, with ticks of its own.
function zoomed(axis, low, high) {
  const raw = (high - low) / 4, power = Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((d) => d * 10 ** power).reduce((a, b) => (Math.abs(Math.log(b / raw)) < Math.abs(Math.log(a / raw)) ? b : a));
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(i * step);
  return { ...axis, low, high, ticks, labels: ticks.map((v) => figure(Number((v * axis.unit + axis.origin).toPrecision(8)))) };
}
