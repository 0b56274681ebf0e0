// Times in UTC, as AWS has them, or on the clock of whoever looks; the choice is kept here.
(() => {
  "use strict";
  const root = document.documentElement;
  const button = document.querySelector("#clocks");
  const two = (n) => String(n).padStart(2, "0");
  const local = () => root.dataset.clocks === "local";
  const zone = (d) =>
    local()
      ? new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(d).find((p) => p.type === "timeZoneName").value
      : "UTC";
  // The same fields of a date in whichever time is wanted; charts.js asks for them too.
  const fields = (d) =>
    local()
      ? { year: d.getFullYear(), month: d.getMonth(), day: d.getDate(), hour: d.getHours(), minute: d.getMinutes() }
      : { year: d.getUTCFullYear(), month: d.getUTCMonth(), day: d.getUTCDate(), hour: d.getUTCHours(), minute: d.getUTCMinutes() };
  const big = (f) => `${two(f.hour)}:${two(f.minute)}`;
  const date = (f) => `${f.year}-${two(f.month + 1)}-${two(f.day)}`;
  const minute = (d) => `${date(fields(d))} ${big(fields(d))} ${zone(d)}`;
  const forms = {
    big: (d) => big(fields(d)),
    minute,
    // Where the page leaves out the day, it is the day in UTC.
    hour: (d) => (fields(d).day === d.getUTCDate() ? `${big(fields(d))} ${zone(d)}` : minute(d)),
  };
  window.clocks = { fields, minute, zone, local };
  const turn = () => {
    for (const time of document.querySelectorAll("time[data-form]")) {
      const text = forms[time.dataset.form](new Date(time.dateTime));
      if (time.textContent !== text) time.textContent = text;
    }
  };
  const label = () => {
    button.textContent = local() ? zone(new Date()) : "UTC";
    button.setAttribute("aria-label", `Times: ${local() ? "of this machine" : "UTC"}; change`);
  };
  button.addEventListener("click", () => {
    root.dataset.clocks = local() ? "utc" : "local";
    localStorage.setItem("clocks", root.dataset.clocks);
    label();
    turn();
    document.dispatchEvent(new Event("colours")); // the charts are drawn anew
  });
  document.addEventListener("htmx:after:swap", () => local() && turn());
  label();
  if (local()) turn();
})();
