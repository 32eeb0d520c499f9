// Keys, and what a live tail needs. Everything else is links, forms and htmx.
"use strict";

const MOST_ROWS = 1000;

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);

function step(by) {
  const all = rows();
  const here = all.indexOf(document.activeElement);
  const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function transaction() {
  const row = document.activeElement.closest(".row, tr");
  row?.querySelector("a[data-trace]")?.click();
}

const KEYS = {
  "/": () => document.querySelector("input[type=search]")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  t: transaction,
  l: () => document.querySelector("input[name=live]")?.click(),
  "?": () => document.getElementById("keys").togglePopover(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.matches("input:not([type=checkbox]), select, textarea")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// A tail begins a little before the page's newest record: what is on the page comes once only.
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (document.getElementById(`r-${event.detail.lastEventId}`)) event.preventDefault();
});

document.addEventListener("htmx:sseMessage", () => {
  const list = document.getElementById("rows");
  while (list && list.childElementCount > MOST_ROWS) list.lastElementChild.remove();
});
