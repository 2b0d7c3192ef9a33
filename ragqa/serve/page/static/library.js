// The library: files go up, jobs are watched, documents are taken out.

import { $, $$, call, say, words } from "./common.js";

const shelf = $("#shelf");
const index = shelf.dataset.index;
const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);
const LOOK_MS = 1000; // between two looks at the jobs that are watched

// Jobs

function card(title) {
  const made = $("#job").content.firstElementChild.cloneNode(true);
  $(".title", made).textContent = title;
  $("#jobs ul").prepend(made);
  $("#jobs").hidden = false;
  return {
    tell(text, share = null) {
      $(".detail", made).textContent = text;
      const bar = $("progress", made);
      if (share === null) bar.removeAttribute("value");
      else bar.value = 100 * share;
    },
    end(text, failed = false) {
      $(".detail", made).textContent = text;
      made.classList.toggle("failed", failed);
      $(".line", made).remove();
      say(text);
    },
    onStop: (stop) => $("[data-act=cancel]", made)?.addEventListener("click", stop),
  };
}

const watched = new Map();
let looking = false;

function watch(id, shown) {
  shown.onStop(async () => {
    try {
      await call(`/v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
      shown.tell("stopping after what it holds …");
    } catch (error) {
      say(error.message);
    }
  });
  watched.set(id, shown);
  lookOn();
}

// One job is looked at after another. A stream of events for each would leave none of the six connections that browsers allow to
// a server, for all their pages together.
async function lookOn() {
  if (looking) return;
  looking = true;
  while (watched.size) {
    for (const [id, shown] of watched) await look(id, shown);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  looking = false;
}

async function look(id, shown) {
  let job;
  try {
    job = await call(`/v1/jobs/${encodeURIComponent(id)}`);
  } catch (error) {
    if (!(error.status < 500) || error.status === 429) return; // the next look may tell more
    watched.delete(id);
    shown.end(error.message, true);
    return;
  }
  const { state, progress } = job;
  if (ENDED.has(state)) {
    watched.delete(id);
    ended(job, shown);
    await refresh();
  } else if (state === "waiting") {
    shown.tell(job.waiting_for ?? "in line");
  } else if (progress) {
    shown.tell(inWords(progress), progress.total ? progress.done / progress.total : null);
  }
}

function ended(job, shown) {
  const { state, result } = job;
  if (state === "done") {
    const counts = Object.entries(result?.counts ?? {});
    shown.end(counts.map(([what, count]) => `${count} ${what}`).join(", ") || "Done.", "failed" in (result?.counts ?? {}));
  } else {
    const kept = `${state[0].toUpperCase()}${state.slice(1)}; what is finished is kept.`;
    shown.end(job.error ? words(job) : kept, state !== "cancelled");
  }
}

const STAGES = JSON.parse($("#jobs").dataset.stages);

// A step of a job as people say it.
function inWords(step) {
  const parts = [STAGES[step.stage] ?? step.stage];
  if (step.items_total) parts.push(`${step.items} of ${step.items_total}`);
  if (step.detail) parts.push(step.detail);
  if (step.left > 5) parts.push(step.left < 120 ? `${Math.round(step.left)} s left` : `${Math.round(step.left / 60)} min left`);
  return parts.join(" · ");
}

// The documents as they are now, in place of those that are shown.
async function refresh() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (response?.ok) put(await response.text());
}

// Put the documents of a page in the place of those that are shown; what is chosen and typed stays.
function put(text) {
  const found = new DOMParser().parseFromString(text, "text/html");
  const sections = (within) => $$("#shelf > section:not(#jobs, .adding)", within);
  const [old, made] = [sections(document), sections(found).map((one) => document.adoptNode(one))];
  const [chosen, typed] = [new Set($$(".choose:checked").map((one) => one.value)), $("#label")?.value];
  old[0].replaceWith(...made);
  old.slice(1).forEach((one) => one.remove());
  for (const one of $$(".choose")) one.checked = chosen.has(one.value);
  if ($("#label")) $("#label").value = typed ?? "";
  $(".heading .dim").textContent = $("#shelf .heading .dim", found).textContent;
  $("#notes").replaceWith(document.adoptNode($("#notes", found)));
}

// Labels

document.addEventListener("change", (event) => {
  if (event.target.id === "choose-all") for (const one of $$(".choose")) one.checked = event.target.checked;
});

document.addEventListener("submit", async (event) => {
  if (!event.target.matches("#labelling")) return; // not by its id: a field of that name hides it
  event.preventDefault();
  const [button, off] = [event.submitter, event.submitter?.name === "off"];
  if (!off && !$(".choose:checked")) {
    say("Choose documents first.");
    return;
  }
  const body = new URLSearchParams(new FormData(event.target, button));
  const count = $$(".choose:checked").length;
  const documents = count === 1 ? "1 document" : `${count} documents`;
  const done = button?.value === "take" ? `Taken off ${documents}` : `Added to ${documents}`;
  const told = off ? `Done: ${button.getAttribute("aria-label")}.` : `${done}: ${$("#label").value.trim()}.`;
  const row = off && button.closest("tr").querySelector(".choose").value;
  const response = await fetch(event.target.action, { method: "POST", body, headers: { Accept: "text/html" } }).catch(() => null);
  const text = (await response?.text()) ?? "";
  if (!response?.ok) {
    const page = new DOMParser().parseFromString(text, "text/html");
    say($$("main h1, main h1 + p", page).map((one) => one.textContent).join(". ") || "The server cannot be reached.");
    return;
  }
  if (!off) $("#label").value = "";
  put(text);
  ($(off ? `tr:has(.choose[value="${row}"]) a` : "#label") ?? $("#documents-title")).focus();
  say(told);
});

// What uploads are to be labelled with: an object, null for nothing. Raises an Error for what is no label.
function uploadLabels() {
  const found = {};
  for (const one of $("#upload-labels").value.split(";").filter((part) => part.trim())) {
    const at = one.indexOf("=");
    if (at < 1 || !one.slice(at + 1).trim()) throw new Error(`“${one.trim()}” is no label: write it as brand=Aqua.`);
    (found[one.slice(0, at).trim()] ??= []).push(one.slice(at + 1));
  }
  return Object.keys(found).length ? found : null;
}

async function resume() {
  const { jobs } = await call(`/v1/jobs?${new URLSearchParams({ index, limit: 200 })}`).catch(() => ({ jobs: [] }));
  for (const job of jobs.filter((one) => !ENDED.has(one.state))) watch(job.id, card(TITLES[job.kind] ?? job.kind));
}

const TITLES = { ingest: "Reading manuals", evaluate: "Evaluating", embed: "Making vectors" };

// Uploads

const form = $("#upload");
form?.addEventListener("submit", (event) => event.preventDefault());
$("#files")?.addEventListener("change", (event) => {
  if (event.target.files.length) upload(event.target.files);
  event.target.value = "";
});

const drop = $(".drop");
for (const kind of ["dragover", "dragleave", "drop"]) {
  drop?.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.toggle("over", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) upload(event.dataTransfer.files);
  });
}

function upload(files) {
  let metadata;
  try {
    metadata = uploadLabels();
  } catch (error) {
    say(error.message);
    $("#upload-labels").focus();
    return;
  }
  const named = files.length === 1 ? files[0].name : `${files.length} files`;
  const shown = card(`Adding ${named}`);
  const given = new FormData();
  given.append("index", index);
  if (metadata) given.append("metadata", JSON.stringify(metadata));
  for (const file of files) given.append("files", file);
  const request = new XMLHttpRequest(); // fetch does not tell how far it is
  request.open("POST", "/v1/ingest");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) shown.tell("on its way to the server", event.loaded / event.total);
  });
  request.addEventListener("load", () => {
    const told = request.response ?? {};
    if (request.status === 202 && told.job) {
      shown.tell("in line");
      watch(told.job, shown);
    } else {
      shown.end(words(told, request.status), true);
    }
  });
  request.addEventListener("error", () => shown.end("The server cannot be reached, or took no more.", true));
  request.addEventListener("abort", () => shown.end("Stopped.", true));
  shown.onStop(() => request.abort());
  request.send(given);
}

// Taking out

const sure = $("#sure");
let leaving = null;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=remove]");
  if (!button) return;
  leaving = button.dataset;
  $(".path", sure).textContent = leaving.path;
  sure.returnValue = "";
  sure.showModal();
});

sure.addEventListener("close", async () => {
  if (sure.returnValue !== "yes" || !leaving) return;
  try {
    await call(`/v1/documents/${leaving.document}?${new URLSearchParams({ index })}`, { method: "DELETE" });
    say(`${leaving.path} is out of the index.`);
    await refresh();
  } catch (error) {
    say(error.message);
  }
});

if ($("#jobs").dataset.watched) resume();
