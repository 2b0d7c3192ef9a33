// The manual beside the answers: turned, enlarged, searched, and selected from. Every part of it that changes is a link or a form
// of its own; here the page that it leads to is fetched, and only the manual is taken from it.

import { $, $$, call, post, say } from "./common.js";

const parser = new DOMParser();
let latest = 0;

export const manual = () => $("#manual");

// Fetch a page of this server, and return its document. Raises an Error in the words of that page.
export async function page(address, signal) {
  let response;
  try {
    response = await fetch(address, { headers: { Accept: "text/html" }, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server cannot be reached.");
  }
  const found = parser.parseFromString(await response.text(), "text/html");
  if (response.redirected && new URL(response.url).pathname === "/login") {
    location.reload();
    throw new Error("Log in again.");
  }
  if (!response.ok) throw new Error([...found.querySelectorAll("main h1, main h1 + p")].map((one) => one.textContent).join(". "));
  return found;
}

// Show the manual that an address leads to, in place of the one that is shown.
export async function open(address, { focus = false, look = true } = {}) {
  const mine = ++latest;
  const before = manual();
  before.classList.add("busy");
  before.setAttribute("aria-busy", "true");
  try {
    const made = (await page(address)).querySelector("#manual");
    if (mine !== latest) return null;
    if (!made) throw new Error("There is no manual at this address.");
    const zoomed = $(".sheet", before)?.dataset.zoomed;
    document.adoptNode(made);
    before.replaceWith(made);
    if (zoomed && $(".sheet[data-zoomed]", made)) $(".sheet", made).dataset.zoomed = zoomed;
    settle(look);
    if (focus) focusOn(focus);
    return made;
  } catch (error) {
    if (mine === latest) say(error.message);
    return null;
  } finally {
    before.classList.remove("busy");
    before.removeAttribute("aria-busy");
  }
}

function focusOn(wanted) {
  const place = wanted === true ? $("#manual-title") : $(wanted, manual()) ?? $("#manual-title");
  place.focus({ preventScroll: true });
}

// Bring into view what is marked.
export function settle(look = true) {
  const sheet = $(".sheet", manual());
  const picture = $("img", sheet);
  if (picture) {
    const show = () => look && lookAt(sheet, picture);
    if (picture.complete) show();
    else picture.addEventListener("load", show, { once: true });
    picture.addEventListener("error", () => lose(sheet, picture), { once: true });
    if (picture.complete && !picture.naturalWidth) lose(sheet, picture);
    return;
  }
  const mark = $("mark", sheet);
  if (mark && look) {
    const top = mark.getBoundingClientRect().top - sheet.getBoundingClientRect().top + sheet.scrollTop;
    sheet.scrollTop = top - sheet.clientHeight / 3;
  }
}

function lookAt(sheet, picture) {
  if (!sheet.dataset.box) return;
  const [left, top, right, bottom] = sheet.dataset.box.split(" ").map(Number);
  sheet.scrollTop = ((top + bottom) / 2) * picture.clientHeight - sheet.clientHeight / 2;
  sheet.scrollLeft = ((left + right) / 2) * picture.clientWidth - sheet.clientWidth / 2;
}

function lose(sheet, picture) {
  picture.hidden = true;
  $(".lost", sheet).hidden = false;
}

export function zoom(by) {
  const sheet = $(".sheet[data-zoomed]", manual());
  if (!sheet) return;
  const before = { top: sheet.scrollTop / sheet.scrollHeight, left: sheet.scrollLeft / sheet.scrollWidth };
  sheet.dataset.zoomed = Math.max(-2, Math.min(3, Number(sheet.dataset.zoomed) + by));
  if (sheet.dataset.box) lookAt(sheet, $("img", sheet));
  else sheet.scrollTo(before.left * sheet.scrollWidth, before.top * sheet.scrollHeight);
}

// Links and forms of the manual.

function addressOf(form, button) {
  const given = new URLSearchParams(new FormData(form, button));
  for (const [name, value] of [...given]) if (!value.trim()) given.delete(name);
  return `${new URL(form.action).pathname}?${given}`;
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest("#manual a[data-swap]");
  if (link) {
    event.preventDefault();
    const again = link.rel ? `a[rel=${link.rel}]` : link.dataset.view ? `a[data-view=${link.dataset.view}]` : ".sheet";
    open(link.getAttribute("href"), { focus: again });
    return;
  }
  const zooming = event.target.closest("#manual [data-zoom]");
  if (zooming) zoom(Number(zooming.dataset.zoom));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#manual form[data-swap]");
  if (!form) return;
  event.preventDefault();
  const focus = form.classList.contains("find") ? "#find" : "#page-number";
  if (!new FormData(form).get(focus === "#find" ? "find" : "page")?.trim()) return;
  open(addressOf(form, event.submitter), { focus });
});

// Where the right words are.

let correction = null;

// Let the right words be marked: `told` is called with the verdict's place once they are.
export async function correct(told) {
  if (manual().dataset.view !== "text") {
    const link = $("a[data-view=text]", manual());
    if (link && !(await open(link.getAttribute("href")))) return;
  }
  correction = { told, span: null };
  $("#correcting").hidden = false;
  settle();
  $("#right-words").focus({ preventScroll: true });
  say("Where is the right answer? Select its words in the text, or type them.");
}

export function leave() {
  correction = null;
  const form = $("#correcting");
  if (form) form.hidden = true;
}

export const isCorrecting = () => correction !== null;

const points = (text) => [...text].length;

// The characters of the document that are selected, without space around them; null where there are none.
export function selected() {
  const selection = getSelection();
  const sheet = $(".words", manual());
  if (!sheet || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const within = $$(".piece", sheet).filter((piece) => range.intersectsNode(piece) && part(range, piece).trim());
  if (!within.length) return null;
  const [first, last] = [within[0], within.at(-1)];
  const begun = part(range, first);
  const ended = part(range, last);
  const before = offset(first, range, "start") + points(begun) - points(begun.trimStart());
  const after = offset(last, range, "end") - (points(ended) - points(ended.trimEnd()));
  return { start: before, end: after, text: within.map((piece) => part(range, piece).trim()).join(" ") };
}

// What of a piece is within a range.
function part(range, piece) {
  const own = document.createRange();
  own.selectNodeContents(piece);
  if (range.compareBoundaryPoints(Range.START_TO_START, own) > 0) own.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, own) < 0) own.setEnd(range.endContainer, range.endOffset);
  return own.toString();
}

// The character of the document at an edge of a range, which may lie outside the piece. JavaScript counts in halves of the
// characters beyond 65,535, the document does not.
function offset(piece, range, edge) {
  const own = document.createRange();
  own.selectNodeContents(piece);
  const [node, at] = edge === "start" ? [range.startContainer, range.startOffset] : [range.endContainer, range.endOffset];
  const begin = Number(piece.dataset.start);
  if (!piece.contains(node)) return edge === "start" ? begin : begin + points(own.toString());
  own.setEnd(node, at);
  return begin + points(own.toString());
}

document.addEventListener("selectionchange", () => {
  if (!correction) return;
  const found = selected();
  if (!found) return;
  correction.span = found;
  $("#right-words").value = found.text;
});

document.addEventListener("input", (event) => {
  if (correction && event.target.id === "right-words") correction.span = null;
});

document.addEventListener("submit", async (event) => {
  if (event.target.id !== "correcting") return;
  event.preventDefault();
  const { document: id, index, at } = manual().dataset;
  try {
    const span = correction.span ?? (await find(id, index, $("#right-words").value, at));
    if (!span) {
      say("These words are not in this document.");
      return;
    }
    const told = correction.told;
    leave();
    await told({ document_id: Number(id), start: span.start, end: span.end });
  } catch (error) {
    say(error.message);
  }
});

async function find(id, index, wanted, at) {
  const start = Math.max(0, Number(at) - 2000);
  return call(`/v1/documents/${id}/find?${new URLSearchParams({ index, q: wanted, start })}`);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=leave]")) leave();
});

export { post };
if (manual()) settle();
