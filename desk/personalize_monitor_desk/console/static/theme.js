// Before anything is painted: the colours and clocks that the person chose here last time.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  if (localStorage.getItem("clocks") === "local") document.documentElement.dataset.clocks = "local";
})();
