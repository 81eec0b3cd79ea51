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
  const entries = Array.from(e.dataTransfer.items, item => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
  if (!entries.some(entry => entry.isDirectory)) return post(e.dataTransfer);
  busy.textContent = "Reading the folder\u2026";
  inFolders(entries).then(found => {
    const data = new DataTransfer();
    for (const file of found) data.items.add(file);
    busy.textContent = found.length ? "" : "The folder holds no file.";
    post(data);
  }, () => { busy.textContent = "The folder could not be read."; });
});
const post = data => {
  if (!data.files.length) return;
  text.value = "";
  files.files = data.files;
  form.requestSubmit();
};

// A folder is read as the command reads it: to depth 3, without hidden files.
const deepest = 3;
const inFolders = async (entries, depth = 0) => {
  const found = [];
  for (const entry of entries) {
    if (depth > 0 && entry.name.startsWith(".")) continue;
    if (entry.isFile) found.push(await new Promise((done, fail) => entry.file(done, fail)));
    else if (depth <= deepest) found.push(...await inFolders(await listed(entry), depth + 1));
  }
  return found;
};
const listed = async folder => {
  const reader = folder.createReader(), all = [];
  for (;;) { // a part at a time
    const part = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!part.length) return all;
    all.push(...part);
  }
};
})();
