// The names of documents, and what they are labelled with, as they are typed.

import { $ } from "./common.js";

const COMPLETED = 20;
const form = $("#ask");

let typing = 0;
form?.elements.document.addEventListener("input", (event) => {
  clearTimeout(typing);
  const wanted = event.target.value.trim();
  if (wanted && !wanted.includes("*")) typing = setTimeout(() => complete(wanted), 200);
});

async function complete(wanted) {
  const given = new URLSearchParams({ index: form.dataset.index, document: `*${wanted}*`, limit: COMPLETED });
  const response = await fetch(`/v1/documents?${given}`).catch(() => null);
  if (!response?.ok) return;
  const { documents } = await response.json();
  const option = (one) => Object.assign(document.createElement("option"), { value: one.path ?? one.document });
  $("#documents").replaceChildren(...documents.map(option));
}

let labelTyping = 0;
form?.addEventListener("input", (event) => {
  if (event.target.id !== "other-label") return;
  clearTimeout(labelTyping);
  const wanted = event.target.value.trim();
  if (wanted) labelTyping = setTimeout(() => completeLabel(wanted), 200);
});

async function completeLabel(wanted) {
  const [key, value] = wanted.includes("=") ? [wanted.split("=", 1)[0], wanted.slice(wanted.indexOf("=") + 1)] : ["", wanted];
  const given = new URLSearchParams({ index: form.dataset.index, value: `*${value}*`, limit: COMPLETED, ...(key && { key }) });
  const response = await fetch(`/v1/metadata?${given}`).catch(() => null);
  if (!response?.ok) return;
  const { metadata } = await response.json();
  const texts = Object.entries(metadata).flatMap(([name, counts]) => Object.keys(counts).map((one) => `${name}=${one}`));
  $("#labels-known")?.replaceChildren(...texts.map((text) => Object.assign(document.createElement("option"), { value: text })));
}
