// Whether what the page shows is still true: the console answers, or the page says since when not.
(() => {
  "use strict";
  const all = (what, from = document) => [...from.querySelectorAll(what)];
  const root = document.documentElement;
  const banner = document.querySelector("#lost");
  const SILENT = 12000; // the line at the top asks every other second
  const DEEDS = "[data-open], form[method=post] button:not([data-close])";
  let heard = Date.now();
  const two = (n) => String(n).padStart(2, "0");

  const off = () => {
    for (const button of all(DEEDS))
      if (!button.disabled) {
        button.disabled = true;
        button.dataset.off = "";
      }
  };
  const lost = (why) => {
    if (root.dataset.lost === undefined) {
      const since = new Date(heard);
      root.dataset.lost = "";
      banner.textContent = `${why} since ${two(since.getHours())}:${two(since.getMinutes())}:${two(since.getSeconds())} by this machine's clock. What is shown is from before, and nothing can be changed until it answers.`;
      banner.hidden = false;
    }
    off();
  };
  const found = () => {
    heard = Date.now();
    if (root.dataset.lost === undefined) return;
    delete root.dataset.lost;
    banner.hidden = true;
    for (const button of all("[data-off]")) {
      button.disabled = false;
      delete button.dataset.off;
    }
  };
  // Another start of the console has another token: what this page could send would be refused.
  const renewed = () => {
    const now = document.querySelector("#started-now")?.value;
    if (now && now !== root.dataset.started) location.reload();
  };

  const doubt = (ctx, late) => {
    const form = ctx.sourceElement;
    const place = form.querySelector(".answer") ?? ctx.target;
    const said = document.createElement("p");
    said.className = "note bad";
    said.setAttribute("role", "alert");
    said.textContent = late
      ? "No answer came in time. The change may have been made; the page is looking again."
      : "The console did not answer. The change may have been made; look again when it answers.";
    place.replaceChildren(said);
    form.dispatchEvent(new CustomEvent("look-again", { bubbles: true }));
  };

  document.addEventListener("htmx:after:request", found);
  document.addEventListener("htmx:after:swap", renewed);
  document.addEventListener("htmx:error", (event) => {
    const { ctx, error } = event.detail;
    if (!ctx?.request) return;
    const late = error?.name === "AbortError" || error === "timeout";
    if (ctx.request.method === "POST") doubt(ctx, late);
    else if (!late) lost("This console has ended or cannot be reached: no answer");
  });
  setInterval(() => {
    if (!document.hidden && Date.now() - heard > SILENT) lost("This console does not answer");
  }, 1000);

  // A page that nobody sees asks for nothing, and looks at once when it is seen again.
  document.addEventListener("htmx:before:request", (event) => {
    const polls = event.detail.ctx.sourceElement?.getAttribute("hx-trigger")?.includes("every ");
    if (document.hidden && polls) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    heard = Date.now();
    document.body.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
  });
})();
