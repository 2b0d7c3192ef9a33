// The library: files go up, jobs are watched, documents are taken out.

import { $, $$, call, say, words } from "./common.js";

const shelf = $("#shelf");
const index = shelf.dataset.index;
const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);

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

function watch(id, shown) {
  const events = new EventSource(`/v1/jobs/${encodeURIComponent(id)}/events`);
  shown.onStop(async () => {
    try {
      await call(`/v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
      shown.tell("stopping after what it holds …");
    } catch (error) {
      say(error.message);
    }
  });
  const read = (event) => {
    try {
      return JSON.parse(event.data);
    } catch {
      return {};
    }
  };
  events.addEventListener("waiting", (event) => shown.tell(read(event).waiting_for ?? "in line"));
  events.addEventListener("progress", (event) => {
    const step = read(event);
    shown.tell(inWords(step), step.total ? step.done / step.total : null);
  });
  for (const kind of ENDED) {
    events.addEventListener(kind, (event) => {
      events.close();
      ended(id, shown, kind, read(event));
    });
  }
}

async function ended(id, shown, kind, told) {
  if (kind === "done") {
    const { result } = await call(`/v1/jobs/${encodeURIComponent(id)}`).catch(() => ({}));
    const counts = Object.entries(result?.counts ?? {});
    shown.end(counts.map(([state, count]) => `${count} ${state}`).join(", ") || "Done.", "failed" in (result?.counts ?? {}));
  } else {
    shown.end(told.error ? words(told) : `${kind[0].toUpperCase()}${kind.slice(1)}; what is finished is kept.`, kind !== "cancelled");
  }
  await refresh();
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
  if (!response?.ok) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  const sections = (within) => $$("#shelf > section:not(#jobs, .adding)", within);
  const [old, made] = [sections(document), sections(found).map((one) => document.adoptNode(one))];
  old[0].replaceWith(...made);
  old.slice(1).forEach((one) => one.remove());
  $(".heading .dim").textContent = $("#shelf .heading .dim", found).textContent;
}

async function resume() {
  for (const state of ["running", "waiting"]) {
    const { jobs } = await call(`/v1/jobs?${new URLSearchParams({ index, state })}`).catch(() => ({ jobs: [] }));
    for (const job of jobs) watch(job.id, card(TITLES[job.kind] ?? job.kind));
  }
}

const TITLES = { ingest: "Reading manuals", evaluate: "Evaluating", embed: "Embedding" };

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
  const named = files.length === 1 ? files[0].name : `${files.length} files`;
  const shown = card(`Adding ${named}`);
  const given = new FormData();
  given.append("index", index);
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
