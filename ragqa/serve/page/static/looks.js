// Before anything is drawn: light or dark as it was chosen, and that JavaScript runs.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const looks = localStorage.getItem("ragqa.looks");
    if (looks === "light" || looks === "dark") root.dataset.looks = looks;
  } catch {
    // a browser that keeps nothing
  }
})();
