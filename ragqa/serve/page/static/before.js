// What was asked before, in this browser alone.

import { $, kept } from "./common.js";

const KEPT = 50;
const form = $("#ask");

// Keep the question that is answered on this page.
export function remember() {
  const shown = $(".results");
  if (!shown?.dataset.question) return;
  const { question, index, document: only, section } = shown.dataset;
  const one = { question, index, document: only, section, meta: labelsOf(shown) };
  const same = (other) =>
    ["question", "index", "document", "section"].every((name) => (other[name] ?? "") === one[name]) &&
    `${metaOf(other)}` === `${one.meta}`;
  kept.set("asked", [one, ...before().filter((other) => !same(other))].slice(0, KEPT));
}

// The labels that were asked for, each as brand=Aqua.
const labelsOf = (shown) =>
  Object.entries(JSON.parse(shown.dataset.metadata)).flatMap(([key, values]) => values.map((value) => `${key}=${value}`));
const metaOf = (one) => (Array.isArray(one.meta) ? one.meta.filter((label) => typeof label === "string") : []);

const before = () => {
  const found = kept.get("asked", []);
  return Array.isArray(found) ? found.filter((one) => typeof one?.question === "string") : [];
};

// Show what was asked before.
export function remind() {
  if (!form) return;
  const own = before().filter((one) => one.index === form.dataset.index);
  const options = own.map((one) => Object.assign(document.createElement("option"), { value: one.question }));
  $("#asked-before").replaceChildren(...options);
  const list = $("#history");
  if (!list) return;
  list.hidden = !own.length;
  $("ul", list).replaceChildren(...own.slice(0, 12).map(entry));
}

function entry(one) {
  const given = new URLSearchParams({ q: one.question });
  for (const name of ["index", "document", "section"]) if (one[name]) given.set(name, one[name]);
  for (const label of metaOf(one)) given.append("meta", label);
  const link = Object.assign(document.createElement("a"), { href: `/?${given}`, textContent: one.question });
  const only = [[one.document, one.section].filter(Boolean).join(" › "), ...metaOf(one)].filter(Boolean).join(", ");
  if (only) link.append(Object.assign(document.createElement("small"), { textContent: `only ${only}` }));
  const item = document.createElement("li");
  item.append(link);
  return item;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "forget") return;
  kept.set("asked", before().filter((one) => one.index !== form.dataset.index));
  remind();
  $("#q").focus();
});
