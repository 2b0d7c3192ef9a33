// What every page does: its looks, its help, and what it says aloud.

export const $ = (wanted, within = document) => within.querySelector(wanted);
export const $$ = (wanted, within = document) => [...within.querySelectorAll(wanted)];

// What this browser keeps for itself; some keep nothing.
export const kept = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`ragqa.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`ragqa.${name}`, JSON.stringify(value));
    } catch {
      // nothing is kept
    }
  },
};

let silence = 0;

// Say something to who looks and to who listens.
export function say(text) {
  const place = $("#said");
  place.textContent = text;
  place.classList.add("seen");
  clearTimeout(silence);
  silence = setTimeout(() => {
    place.classList.remove("seen");
    place.textContent = "";
  }, 6000);
}

// The JSON that the server answers with; what it refuses is raised, in the server's words, with its status.
export async function call(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { ...options, headers: { Accept: "application/json", ...options.headers } });
  } catch {
    throw new Error("The server cannot be reached.");
  }
  const told = await response.json().catch(() => ({}));
  if (!response.ok) throw Object.assign(new Error(words(told, response.status)), { status: response.status });
  return told;
}

// What who reads a page can do, where the hint of the API is for who speaks HTTP.
const HINTS = { index_missing: "The library shows what there is.", not_found: "The library shows what there is." };

export function words(told, status) {
  const fault = told.error ?? {};
  return [fault.message ?? `The server refused (${status}).`, HINTS[fault.code] ?? fault.hint].filter(Boolean).join(" ");
}

export const post = (address, value) =>
  call(address, { method: "POST", body: JSON.stringify(value), headers: { "Content-Type": "application/json" } });

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedByHand(text);
  }
}

// Where the page came over a plain connection from another machine, browsers offer only this.
function copiedByHand(text) {
  const area = document.createElement("textarea");
  const before = document.activeElement;
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}

// Whether a key is meant for the page: nothing is typed into, no dialog is open, and single keys were not switched off.
export function isForPage(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return false;
  if ($("dialog[open]") || !kept.get("keys", true)) return false;
  return !event.target.closest?.("input, textarea, select, [contenteditable]");
}

const dark = () => {
  const chosen = document.documentElement.dataset.looks;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

$("#looks")?.addEventListener("click", () => {
  const looks = dark() ? "light" : "dark";
  document.documentElement.dataset.looks = looks;
  try {
    localStorage.setItem("ragqa.looks", looks);
  } catch {
    // it holds for this page
  }
  say(looks === "dark" ? "Dark" : "Light");
});

const help = $("#help");
const keys = $("#keys-on");
if (keys) {
  keys.checked = kept.get("keys", true);
  keys.addEventListener("change", () => kept.set("keys", keys.checked));
}
$("#help-button")?.addEventListener("click", () => help.showModal());
document.addEventListener("keydown", (event) => {
  if (help && event.key === "?" && isForPage(event)) {
    event.preventDefault();
    help.showModal();
  }
});

$("#index-switch")?.addEventListener("change", (event) => event.target.form.submit());
