// Asking: the question and those before it, its answers, and what is said of them.

import { $, $$, call, copy, isForPage, post, say } from "./common.js";
import { remember, remind } from "./before.js";
import "./completing.js";
import { correct, isCorrecting, leave, manual, open, page, settle, zoom } from "./manual.js";

const form = $("#ask");
const box = $("#q");

// Asking

let asking = null;

function askedFor() {
  return `/?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()))}`;
}

async function show(address, { push = true } = {}) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const results = $("#results");
  $("#waiting").hidden = false;
  results.classList.add("busy");
  results.setAttribute("aria-busy", "true");
  say("Reading the manuals …");
  try {
    const found = await page(address, mine.signal);
    if (mine !== asking) return;
    const made = document.adoptNode(found.querySelector("#results"));
    document.title = found.title;
    document.body.className = found.body.className;
    results.replaceWith(made);
    $(".question h1")?.remove();
    if (push) history.pushState(null, "", address);
    takeFilters(found);
    arrived();
    $("#answers-title")?.focus({ preventScroll: true });
    scrollTo(0, 0);
    say($("#answers-title")?.textContent ?? "");
  } catch (error) {
    if (error.name !== "AbortError") say(error.message);
  } finally {
    if (mine === asking) {
      $("#waiting").hidden = true;
      $("#results").classList.remove("busy");
      $("#results").removeAttribute("aria-busy");
    }
  }
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (box.value.trim()) show(askedFor());
});

addEventListener("popstate", () => location.reload());

// What documents are labelled with: the server makes of what was chosen a label that can be taken away, and tells what is left to
// be chosen.
function takeFilters(found) {
  for (const which of ["#tags", ".filters .fields[role=group]"]) {
    const [old, made] = [$(which, form), found.querySelector(which)];
    if (old && made) old.replaceWith(document.adoptNode(made));
  }
}

form?.addEventListener("click", (event) => {
  const link = event.target.closest("#tags a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const tag = link.closest("li");
  const told = $("span", tag).textContent;
  const list = tag.parentElement;
  tag.remove();
  list.hidden = !list.children.length;
  if ($(".results")) {
    show(askedFor());
  } else {
    history.replaceState(null, "", askedFor());
    ($("a", list) ?? box).focus();
    say(`All documents again, not only ${told}.`);
  }
});

// The cards

const cards = () => $$(".card").filter((card) => card.checkVisibility());
const chosen = () => $(".card.chosen");

async function choose(card, { look = true } = {}) {
  for (const other of cards()) {
    other.classList.toggle("chosen", other === card);
    const link = $("a.open", other);
    if (other === card) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  leave();
  history.replaceState(null, "", card.dataset.address);
  if (!look) return;
  await open(card.dataset.manual);
  if (!matchMedia("(max-width: 60rem)").matches) return;
  manual().scrollIntoView({ block: "start" });
  $("img", manual())?.addEventListener("load", () => manual().scrollIntoView({ block: "start" }), { once: true });
}

function step(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((card) => card.contains(document.activeElement));
  const next = at < 0 ? (chosen() ?? all[0]) : all[Math.max(0, Math.min(all.length - 1, at + by))];
  $("a.open", next).focus();
  next.scrollIntoView({ block: "nearest" });
}

const meant = () => cards().find((card) => card.contains(document.activeElement)) ?? chosen();

const acts = {
  async copy(card) {
    say((await copy(card.dataset.reply)) ? "Answer and source copied." : "The browser does not let this be copied.");
  },
  right: (card) => judge(card, "right"),
  wrong: (card) => judge(card, "wrong"),
  async correct(card) {
    if (!card.classList.contains("chosen")) {
      await choose(card, { look: false });
      if (!(await open(`${card.dataset.manual}&view=text`))) return;
    }
    correct((place) => judge(card, "corrected", place));
  },
  unanswerable: () => judge(null, "unanswerable"),
  undo: (card) => takeBack(markOf(card)),
};

const TOLD = {
  right: ["✓ right", "Right: kept to learn from."],
  wrong: ["✗ wrong", "Wrong: kept. Do you know the right words? Mark them."],
  corrected: ["✎ corrected", "Kept to learn from."],
  unanswerable: ["∅ not in the manuals", "The manuals do not say: kept to learn from."],
};

// The verdicts that were given on this page, the latest last: what each stands beside, and what takes it back.
const verdicts = [];
const markOf = (card) => (card && $("[data-verdict]", card)) ?? $("#whole-verdict");

function showVerdict(mark) {
  const last = verdicts.findLast((one) => one.mark === mark);
  mark.className = `verdict ${last?.verdict ?? ""}`;
  mark.replaceChildren(...(last ? [TOLD[last.verdict][0], undoButton(last)] : []));
}

function undoButton({ verdict }) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Undo" });
  button.dataset.act = "undo";
  button.setAttribute("aria-label", `Undo: ${TOLD[verdict][0].slice(2)}`);
  return button;
}

// Take back the last verdict beside a mark; without one, the last that was given.
async function takeBack(mark = null) {
  const last = verdicts.findLast((one) => !mark || one.mark === mark);
  if (!last) {
    say("There is no verdict of this page to take back.");
    return;
  }
  verdicts.splice(verdicts.indexOf(last), 1);
  const held = last.mark.contains(document.activeElement);
  try {
    await call(`/v1/feedback/${last.id}?${new URLSearchParams({ index: last.index })}`, { method: "DELETE" });
    say(`Taken back: ${TOLD[last.verdict][0].slice(2)}, on “${last.question}”.`);
  } catch (error) {
    verdicts.push(last);
    say(error.message);
  }
  showVerdict(last.mark);
  if (held) ($("button", last.mark) ?? $("a.open", last.mark.closest(".card") ?? document) ?? box).focus();
}

async function judge(card, verdict, place = null) {
  const { question, index, document: only, section, effort } = $(".results").dataset;
  const spot = place ?? (card && { document_id: Number(card.dataset.document), start: Number(card.dataset.start), end: Number(card.dataset.end) });
  const given = { question, verdict, index, effort, ...spot }; // as it was read: a busy server may have read with less
  if (only) given.document = only;
  if (section) given.section = section;
  const metadata = JSON.parse($(".results").dataset.metadata);
  if (Object.keys(metadata).length) given.metadata = metadata;
  let made;
  try {
    made = await post("/v1/feedback", given);
  } catch (error) {
    say(error.message);
    return;
  }
  // First, for the words that are marked next would be lost with the manual that this replaces.
  if (place) await open(`/manual?${new URLSearchParams({ id: place.document_id, index, start: place.start, end: place.end, view: "text" })}`);
  const mark = markOf(card);
  if (mark) {
    verdicts.push({ mark, verdict, id: made.id, index, question });
    showVerdict(mark);
  }
  say(TOLD[verdict][1]);
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const button = event.target.closest("[data-act]");
  const card = event.target.closest(".card");
  if (button && acts[button.dataset.act]) {
    acts[button.dataset.act](card);
  } else if (card && (event.target.closest("a.open") || !getSelection().toString())) {
    if (event.target.closest("button, .around.row")) return;
    event.preventDefault();
    choose(card);
  }
});

// Keys

const KEYS = {
  "/": () => box && (box.focus(), box.select()),
  j: () => step(1),
  k: () => step(-1),
  c: () => meant() && acts.copy(meant()),
  r: () => may("right") && acts.right(meant()),
  w: () => may("wrong") && acts.wrong(meant()),
  e: () => may("correct") && acts.correct(meant()),
  m: () => $("[data-act=unanswerable]") && acts.unanswerable(),
  u: () => $("[data-act=unanswerable]") && takeBack(),
  "[": () => $("#manual a[rel=prev]")?.click(),
  "]": () => $("#manual a[rel=next]")?.click(),
  "+": () => zoom(1),
  "=": () => zoom(1),
  "-": () => zoom(-1),
  f: () => $("#find")?.focus(),
  t: () => $("#manual a[data-view]:not([aria-current])")?.click(),
};

const may = (what) => meant() && $(`[data-act=${what}]`, meant());

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isCorrecting()) {
    leave();
    $("a.open", chosen() ?? document)?.focus();
    return;
  }
  if (!isForPage(event)) return;
  const inAnswers = event.target.closest?.("#answers") && !event.target.closest(".around");
  const arrow = inAnswers && { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (arrow) {
    event.preventDefault();
    step(arrow);
  } else if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

function arrived() {
  remember();
  remind();
  if (manual()) settle();
}

arrived();
