// The form of the page that is served: what is pasted or dropped is posted at once.
(() => {
"use strict";
const form = document.getElementById("review"), text = document.getElementById("text"), files = document.getElementById("files");
const busy = document.getElementById("busy"), page = document.documentElement;

text.addEventListener("paste", () => setTimeout(() => { if (text.value.trim()) form.requestSubmit(); }));
text.addEventListener("keydown", e => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) form.requestSubmit(); });
files.addEventListener("change", () => { if (files.files.length) form.requestSubmit(); });
form.addEventListener("submit", e => {
  if (page.classList.contains("busy")) e.preventDefault();
  page.classList.add("busy");
  busy.textContent = "Reviewing\u2026";
});
// A page that the browser brings back is not busy.
addEventListener("pageshow", () => { page.classList.remove("busy"); busy.textContent = ""; });

const holdsFiles = e => e.dataTransfer && Array.from(e.dataTransfer.types).includes("Files");
let depth = 0; // of the elements that the pointer entered
const over = change => { depth += change; page.classList.toggle("dropping", depth > 0); };
addEventListener("dragenter", e => { if (holdsFiles(e)) over(1); });
addEventListener("dragleave", e => { if (holdsFiles(e)) over(-1); });
addEventListener("dragover", e => { if (holdsFiles(e)) e.preventDefault(); });
addEventListener("drop", e => {
  if (!holdsFiles(e)) return;
  e.preventDefault();
  over(-depth);
  if (!e.dataTransfer.files.length) return;
  text.value = "";
  files.files = e.dataTransfer.files;
  form.requestSubmit();
});
})();
