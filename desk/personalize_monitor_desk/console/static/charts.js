// The graphs of one resource: demand against floor, utilization, latency, errors; one time axis.
(() => {
  "use strict";
  const box = document.querySelector("#charts");
  if (!box) return;
  const ranges = document.querySelector("#ranges");
  const figures = Object.fromEntries(
    [...box.querySelectorAll("figure[data-chart]")].map((f) => [f.dataset.chart, f]),
  );
  const charts = {};
  let data = null;
  let zoom = null;
  let asked = 0;
  const range = () => ranges.querySelector("input:checked").value;
  const span = document.querySelector("#span");
  const wanted = () => new URLSearchParams(new FormData(span)).toString();

  // light-dark() is resolved by the browser, for an element.
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name, mix = 100) => {
    probe.style.color = `color-mix(in srgb, var(--${name}) ${mix}%, transparent)`;
    return getComputedStyle(probe).color;
  };

  const count = (v) => (v == null ? "–" : Number.isInteger(v) || v >= 100 ? v.toLocaleString("en", { maximumFractionDigits: 0 }) : v >= 10 ? v.toFixed(1) : v.toFixed(2));
  const two = (n) => String(n).padStart(2, "0");
  const clock = (t) => window.clocks.minute(new Date(t * 1000));
  const ticks = (_, splits, __, ___, step) =>
    splits.map((t) => {
      const f = window.clocks.fields(new Date(t * 1000));
      if (step >= 86400 || (f.hour === 0 && f.minute === 0)) return `${two(f.month + 1)}-${two(f.day)}`;
      return `${two(f.hour)}:${two(f.minute)}`;
    });

  const refused = (i) => (data.client[i] + data.server[i]) / data.step;
  const columns = () => {
    const x = data.tps.map((_, i) => data.start + i * data.step);
    const use = data.tps.map((v, i) => (v == null || !data.floor[i] ? null : (v / data.floor[i]) * 100));
    // Refused requests stand on the served ones: together they are what was asked for.
    const asked = data.tps.map((v, i) => (v == null || data.client[i] == null || data.server[i] == null ? null : v + refused(i)));
    return {
      tps: [x, asked, data.tps, data.floor, ...(data.before ? [data.before] : [])],
      use: [x, use],
      latency: [x, data.p90, data.p50],
      errors: [x, data.client, data.server],
    };
  };

  const lines = {
    tps: () => [
      { label: "refused or failed", stroke: colour("bad"), width: 0.75, unit: "TPS", of: (i) => (data.client[i] == null || data.server[i] == null ? null : refused(i)) },
      { label: "served", stroke: colour("demand"), fill: colour("demand", 22), width: 1.75, unit: "TPS" },
      { label: "floor", stroke: colour("waste"), width: 1.75, paths: uPlot.paths.stepped({ align: 1 }), unit: "TPS" },
      ...(data.before ? [{ label: `the ${span.elements.against.value} before`, stroke: colour("busy", 70), width: 1.25, dash: [5, 4], unit: "TPS" }] : []),
    ],
    use: () => [{ label: "of the floor", stroke: colour("demand"), fill: colour("demand", 14), width: 1.5, unit: "%" }],
    latency: () => [
      { label: "p90", stroke: colour("busy"), width: 1.5, unit: "ms" },
      { label: "p50", stroke: colour("busy", 45), width: 1.5, unit: "ms" },
    ],
    errors: () => [
      { label: "4xx", stroke: colour("waste"), fill: colour("waste", 25), width: 1.5, unit: "" },
      { label: "5xx", stroke: colour("bad"), fill: colour("bad", 25), width: 1.5, unit: "" },
    ],
  };

  const readout = (name) => {
    const say = document.createElement("figcaption");
    figures[name].append(say);
    return (u) => {
      const at = u.cursor.idx;
      say.replaceChildren();
      u.series.slice(1).forEach((s, i) => {
        const item = document.createElement("span");
        const key = document.createElement("b");
        key.style.background = s._stroke ?? s.stroke(u);
        const value = at == null ? "" : ` ${count(s.of ? s.of(at) : u.data[i + 1][at])} ${s.unit ?? ""}`;
        item.append(key, `${s.label}${value}`);
        say.append(item);
      });
      if (at != null) {
        const when = document.createElement("time");
        when.textContent = clock(u.data[0][at]);
        say.append(when);
      }
    };
  };

  const follow = (source) => {
    const { min, max } = source.scales.x;
    const whole = min <= data.start && max >= data.start + data.step * (data.tps.length - 1);
    zoom = whole ? null : [min, max];
    for (const chart of Object.values(charts))
      if (chart !== source && (chart.scales.x.min !== min || chart.scales.x.max !== max))
        chart.setScale("x", { min, max });
  };

  const marks = (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = colour("dim", 55);
    ctx.setLineDash([2, 4]);
    for (const change of data.changes) {
      if (change.at < u.scales.x.min || change.at > u.scales.x.max) continue;
      const x = Math.round(u.valToPos(change.at, "x", true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  };

  const draw = (name, height, columnsOf) => {
    const figure = figures[name];
    figure.replaceChildren();
    const tell = readout(name);
    const axis = { stroke: colour("dim"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const bands = name === "tps" ? [{ series: [1, 2], fill: colour("bad", 60), dir: -1 }, { series: [3, 2], fill: colour("waste", 14), dir: -1 }] : [];
    charts[name] = new uPlot(
      {
        width: figure.clientWidth,
        height,
        tzDate: (t) => (window.clocks.local() ? new Date(t * 1000) : uPlot.tzDate(new Date(t * 1000), "Etc/UTC")),
        padding: [10, 24, 0, 0],
        legend: { show: false },
        cursor: { y: false, sync: { key: "resource", setSeries: false }, points: { size: 7 }, drag: { x: true, y: false } },
        scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(name === "use" ? 100 : name === "errors" ? 4 : 1, high || 0) * 1.08] } },
        axes: [
          { ...axis, grid: { show: false }, values: ticks, space: 64, size: 28 },
          { ...axis, size: 46, values: (_, s) => s.map((v) => (v >= 1000 ? `${v / 1000}k` : String(+v.toFixed(2)))), space: 36 },
        ],
        series: [{}, ...lines[name]()],
        bands,
        hooks: {
          setCursor: [tell],
          ready: [tell],
          setScale: [(u, key) => key === "x" && charts[name] && follow(u)],
          draw: [marks],
        },
      },
      columnsOf[name],
      figure,
    );
    // The words stand above the drawing.
    figure.prepend(figure.querySelector("figcaption"));
  };

  const paint = () => {
    if (!data) return;
    const all = columns();
    const keep = zoom;
    for (const [name, chart] of Object.entries(charts)) {
      chart.destroy();
      delete charts[name];
    }
    draw("tps", 280, all);
    for (const name of ["use", "latency", "errors"]) draw(name, 150, all);
    if (keep) charts.tps.setScale("x", { min: keep[0], max: keep[1] });
  };

  const renew = () => {
    const all = columns();
    const keep = zoom;
    for (const [name, chart] of Object.entries(charts)) chart.setData(all[name], keep == null);
    if (keep) for (const chart of Object.values(charts)) chart.setScale("x", { min: keep[0], max: keep[1] });
  };

  const tell = (problem) => {
    const why = document.querySelector("#why");
    why.textContent = problem || "Drag to zoom, double-click for all. Five-minute steps.";
    why.classList.toggle("bad", Boolean(problem));
  };

  const load = async (fresh) => {
    const mine = ++asked;
    try {
      const answer = await fetch(`${box.dataset.series}?${wanted()}`, { headers: { Accept: "application/json" } });
      if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
      const found = await answer.json();
      if (mine !== asked) return;
      if (found.problem) {
        tell(found.problem);
        return;
      }
      data = found;
      if (fresh || !charts.tps) paint();
      else renew();
      box.dataset.ready = range();
      tell(data.why);
    } catch (problem) {
      if (mine === asked) box.dataset.trouble = String(problem);
    }
  };

  const free = [span.elements.from, span.elements.until];
  span.addEventListener("change", (event) => {
    if (event.target.name === "range") for (const field of free) field.value = "";
    if (free.includes(event.target) && !free[0].value) return; // half of a range is none
    zoom = null;
    load(true);
  });
  document.querySelector("#free-end").addEventListener("click", () => {
    for (const field of free) field.value = "";
    span.dispatchEvent(new Event("change"));
  });
  figures.tps.addEventListener("keydown", (event) => {
    const u = charts.tps;
    if (!u) return;
    const { min, max } = u.scales.x;
    const size = max - min;
    const first = data.start;
    const last = data.start + data.step * (data.tps.length - 1);
    const go = (a, b) => u.setScale("x", { min: Math.max(first, a), max: Math.min(last, b) });
    const moves = {
      "+": () => go(min + size / 4, max - size / 4),
      "-": () => go(min - size / 2, max + size / 2),
      0: () => go(first, last),
      ArrowLeft: () => go(Math.max(first, min - size / 4), Math.max(first, min - size / 4) + size),
      ArrowRight: () => go(Math.min(last, max + size / 4) - size, Math.min(last, max + size / 4)),
    };
    if (moves[event.key]) {
      event.preventDefault();
      moves[event.key]();
    }
  });
  let width = 0;
  new ResizeObserver(() => {
    if (Math.abs(box.clientWidth - width) < 2) return;
    width = box.clientWidth;
    for (const [name, chart] of Object.entries(charts))
      chart.setSize({ width: figures[name].clientWidth, height: chart.height });
  }).observe(box);
  document.addEventListener("colours", paint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  document.addEventListener("fresh", () => load(false));
  const pause = () => (range().endsWith("w") || range() === "3d" ? 15000 : 4000);
  const again = () => setTimeout(async () => {
    if (!document.hidden) await load(false);
    again();
  }, pause());
  load(true).then(again);
})();
