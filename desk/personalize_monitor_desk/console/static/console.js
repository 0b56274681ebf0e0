// What the pages need beyond htmx: sorting, keys, dialogs, colours and charts.
(() => {
  "use strict";
  const one = (what, from = document) => from.querySelector(what);
  const all = (what, from = document) => [...from.querySelectorAll(what)];

  // --- the address tells what was asked for, so that it can be kept and shared ---------------------
  const wish = one("#wish");
  const remember = (form) => {
    const usual = JSON.parse(form.dataset.keep);
    const said = new URLSearchParams();
    for (const [name, value] of new FormData(form))
      if (name in usual && value !== usual[name]) said.set(name, value);
    const text = said.toString();
    history.replaceState(history.state, "", text ? `?${text}` : location.pathname);
  };
  for (const form of all("form[data-keep]")) {
    form.addEventListener("input", () => remember(form));
    form.addEventListener("change", () => remember(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      htmx.trigger(form, "change");
    });
  }
  document.addEventListener("click", (event) => {
    const head = event.target.closest("button[data-sort]");
    if (!head || !wish) return;
    const by = head.dataset.sort;
    const words = new Set(["name", "region", "state"]);
    const first = words.has(by) ? by : `-${by}`;
    const turned = first.startsWith("-") ? by : `-${by}`;
    wish.elements.sort.value = wish.elements.sort.value === first ? turned : first;
    wish.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // --- colours ---------------------------------------------------------------------------------
  const theme = one("#theme");
  const root = document.documentElement;
  const label = () => {
    const now = root.dataset.theme || "as the system has them";
    theme.setAttribute("aria-label", `Colours: ${now}`);
  };
  theme.addEventListener("click", () => {
    const next = { undefined: "light", light: "dark", dark: undefined }[root.dataset.theme];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    if (next) localStorage.setItem("theme", next);
    else localStorage.removeItem("theme");
    label();
    document.dispatchEvent(new Event("colours"));
  });
  label();

  for (const hider of all("[data-hide]"))
    if (localStorage.getItem(`hide-${hider.dataset.hide}`)) document.getElementById(hider.dataset.hide).remove();

  // --- keys --------------------------------------------------------------------------------------
  const rows = () => all("table.fleet tbody a");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, dialog");
    const search = one('input[type="search"]');
    if (event.key === "/" && !typing && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && event.target === search) {
      search.blur();
    } else if (event.key === "Enter" && event.target === search && rows().length) {
      event.preventDefault();
      rows()[0].focus();
    } else if ((event.key === "j" || event.key === "k") && !typing) {
      const links = rows();
      const at = links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
      links[Math.max(0, Math.min(links.length - 1, at))]?.focus();
    }
  });

  // --- dialogs -------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.open);
      one(".answer", dialog)?.replaceChildren();
      const wait = one("[data-wait]", dialog);
      if (wait) wait.textContent = wait.dataset.wait;
      dialog.showModal();
      foresee(dialog);
      one("[autofocus]", dialog)?.focus();
    }
    const hider = event.target.closest("[data-hide]");
    if (hider) {
      localStorage.setItem(`hide-${hider.dataset.hide}`, "1");
      document.getElementById(hider.dataset.hide).remove();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      const word = copier.textContent;
      navigator.clipboard.writeText(copier.dataset.copy).then(
        () => (copier.textContent = "Copied"),
        () => getSelection().selectAllChildren(copier.previousElementSibling),
      );
      setTimeout(() => (copier.textContent = word), 2000);
    }
    const ticker = event.target.closest("[data-tick]");
    if (ticker) {
      const boxes = all(`input[name="${ticker.dataset.tick}"]:not(:disabled):not([data-removes])`);
      const some = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = some;
    }
    const closer = event.target.closest("[data-close]");
    if (closer?.closest("dialog")) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });
  document.addEventListener("close-dialog", () => {
    for (const dialog of all("dialog[open]")) dialog.close();
  });

  // How things are is read when the dialog opens; the form sends back what was shown.
  const foresee = (dialog) => {
    const place = one("[data-shown]", dialog);
    if (!place) return;
    place.replaceChildren(); // nothing of an earlier opening may be sent
    const first = one('input[name="first"]:checked', dialog)?.value ? "?first=1" : "";
    const done = one("button.primary", dialog);
    if (done) done.disabled = true; // what was not shown yet cannot be meant
    htmx.ajax("GET", place.dataset.shown + first, { target: place, swap: "innerHTML" }).then(() => {
      const shown = one('input[name="shown"]', place);
      if (done) done.disabled = !shown;
      if (shown) prefill(dialog, JSON.parse(shown.value));
    });
  };
  // A field that begins with what is now: as shown, unless somebody has typed already.
  const prefill = (dialog, facts) => {
    for (const field of all("[data-from]", dialog)) {
      const now = Number(facts[field.dataset.from]);
      if (!now || field.value !== field.defaultValue) continue;
      const value = Math.min(now * Number(field.dataset.times || 1), Number(field.max));
      field.defaultValue = String(value);
    }
  };
  document.addEventListener("look-again", (event) => {
    const dialog = event.target.closest("dialog");
    if (dialog?.open) foresee(dialog);
    document.body.dispatchEvent(new CustomEvent("fresh", { bubbles: true }));
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('dialog input[name="first"]')) foresee(event.target.closest("dialog"));
  });

  // --- what was said stays for a while ----------------------------------------------------------------
  const said = one("#said");
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes)
        if (node.nodeType === 1) setTimeout(() => node.remove(), 9000);
  }).observe(said, { childList: true });
})();
