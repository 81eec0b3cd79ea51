// What holds the page together: links, sorting, search, print.
const plans = new Map();
const planOf = element => {
  if (!plans.has(element.id)) plans.set(element.id, new Plan(element));
  return plans.get(element.id);
};
const nodesOf = element => plans.has(element.id) ? plans.get(element.id).nodes : JSON.parse(one("script", element).textContent).nodes;
for (const element of all("details.plan")) {
  if (element.open) planOf(element);
  element.addEventListener("toggle", () => planOf(element));
}

// A link shows its target, whatever it is folded in.
const go = () => {
  const hash = decodeURIComponent(location.hash.slice(1)), node = /^p(\d+)([nl])(\d+)$/.exec(hash);
  if (node && document.getElementById("p" + node[1])) {
    const element = document.getElementById("p" + node[1]);
    element.open = true;
    const plan = planOf(element);
    plan.toNodes();
    if (node[2] === "l") return plan.toLine(+node[3]);
    if (+node[3] >= plan.nodes.length) return;
    plan.select(+node[3]);
    if (plan.view !== "tree") return element.scrollIntoView({block: "start"});
    const row = plan.rowOf(plan.selected);
    row.scrollIntoView({block: "center"});
    row.focus({preventScroll: true});
    return;
  }
  const target = document.getElementById(hash);
  if (!target) return;
  for (let e = one("details", target) || target; e; e = e.parentElement) if (e.tagName === "DETAILS") e.open = true;
  if (target.classList.contains("finding")) shown(target);
  if (target.classList.contains("rest")) showAll(target.closest("table"));
  target.scrollIntoView({inline: "nearest", block: target.dataset.what ? "nearest" : "start"});
  const focus = one("summary, a, pre", target);
  if (focus) focus.focus({preventScroll: true});
};
addEventListener("hashchange", go);
document.addEventListener("click", event => {
  const a = event.target.closest('a[href^="#"]');
  if (a && a.hash === location.hash) go();
});

const firstRows = 12, fewRows = 15; // of a list; what costs and serves nothing stays in sight
const shorten = table => {
  const rows = all("tbody tr:not(.group)", table), whole = table.dataset.whole || rows.length <= fewRows;
  rows.forEach((row, i) => row.classList.toggle("rest", !whole && i >= firstRows && !row.classList.contains("idle")));
  for (const body of table.tBodies) {
    const heading = one(".group", body);
    if (heading) heading.classList.toggle("rest", !one("tr:not(.group):not(.rest)", body));
  }
};
const showAll = table => {
  table.dataset.whole = "true";
  shorten(table);
  const more = table.parentElement.nextElementSibling;
  if (more && more.classList.contains("more")) more.remove();
};
for (const table of all("table.sortable")) {
  shorten(table);
  if (one(".rest", table)) {
    const button = make("button", "more", "show all " + all("tbody tr:not(.group)", table).length);
    button.type = "button";
    button.addEventListener("click", () => showAll(table));
    table.parentElement.after(button);
  }
  Array.from(table.tHead.rows[0].cells).forEach((th, column) => {
    for (const row of all("tbody tr:not(.group)", table)) if (th.classList.contains("figure")) row.cells[column].dataset.name = th.textContent;
    if (!th.textContent || th.classList.contains("links")) return;
    const button = make("button", "", th.textContent), figures = th.classList.contains("figure");
    button.type = "button";
    th.replaceChildren(button);
    const valueOf = row => {
      const cell = row.cells[column];
      if (cell.dataset.value !== undefined) return +cell.dataset.value;
      return figures ? "" : cell.textContent.trim();
    };
    button.addEventListener("click", () => {
      const sign = (th.getAttribute("aria-sort") || (figures ? "ascending" : "descending")) === "ascending" ? -1 : 1;
      for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const groups = Array.from(table.tBodies, body => { // they go by their first row
        const rows = Array.from(body.rows).filter(row => !row.classList.contains("group"));
        rows.sort((a, b) => compare(valueOf(a), valueOf(b), sign));
        body.append(...rows);
        return {body, value: rows.length ? valueOf(rows[0]) : ""};
      });
      groups.sort((a, b) => compare(a.value, b.value, sign));
      table.append(...groups.map(g => g.body));
      shorten(table);
    });
  });
}

// Findings by severity, rule and table, where there are many.
const manyFindings = 6, severities = ["critical", "high", "medium", "low", "nit"];
const findings = all(".finding"), filters = [];
const sift = () => {
  const wanted = filters.filter(f => f.value);
  for (const f of findings) f.hidden = !wanted.every(w => f.dataset[w.name] === w.value);
  const left = findings.filter(f => !f.hidden).length;
  for (const group of all("#findings :is(.group, .alike)")) group.hidden = !one(".finding:not([hidden])", group);
  if (wanted.length) for (const group of all("#findings .alike")) group.open = true;
  one("#findings output").textContent = wanted.length ? left + " of " + findings.length + " shown" : "";
};
const shown = finding => {
  if (!finding.hidden) return;
  for (const f of filters) f.value = "";
  sift();
};
if (findings.length >= manyFindings) {
  const bar = make("div", "filters");
  for (const [name, label] of [["severity", "severity"], ["rule", "rule"], ["object", "table"]]) {
    const counts = new Map();
    for (const f of findings) if (f.dataset[name]) counts.set(f.dataset[name], (counts.get(f.dataset[name]) || 0) + 1);
    if (counts.size < 2) continue;
    const select = make("select"), box = make("label", "", label + " ");
    select.name = name;
    select.append(new Option("all", ""));
    const values = Array.from(counts);
    if (name === "severity") values.sort((a, b) => severities.indexOf(a[0]) - severities.indexOf(b[0]));
    else values.sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
    for (const [value, n] of values) select.append(new Option(value + " (" + n + ")", value));
    select.addEventListener("change", sift);
    filters.push(select);
    box.append(select);
    bar.append(box);
  }
  const count = document.createElement("output");
  bar.append(count);
  one("#findings h2").after(bar);
}

// Search: nodes, whether folded or not, and every entry of the page.
const mostHits = 40;
const search = one("#search"), hits = one("#hits");
let entries;
const gather = () => {
  const list = [];
  const drawn = all("details.plan"), several = drawn.length > 1;
  for (const element of drawn) {
    const position = element.id.slice(1), which = several ? "plan " + (+position + 1) + " " : "";
    nodesOf(element).forEach((n, i) => list.push({
      what: "node", text: which + "#" + i + " " + n.l, to: "#p" + position + "n" + i,
      in: (n.l + " " + (n.k || []).map(k => k.join(" ")).join(" ") + " #" + i).toLowerCase(),
    }));
  }
  for (const element of all("[data-what]")) {
    const {name} = element.dataset;
    if (name) {
      list.push({what: element.dataset.what, text: name, to: "#" + element.id, in: element.textContent.toLowerCase()});
      continue;
    }
    const row = element.tagName === "TR", text = row ? Array.from(element.cells).filter(cell => !cell.matches(".figure, .links")).map(cell => (one("summary", cell) || cell).textContent).join(" ")
      : one("h3, summary", element).textContent;
    list.push({what: element.dataset.what, text: text.replace(/\s+/g, " ").trim(), to: "#" + element.id, in: element.textContent.toLowerCase()});
  }
  return list;
};
const look = () => {
  entries = entries || gather();
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length ? entries.filter(e => words.every(w => e.in.includes(w))) : [];
  hits.replaceChildren(...found.slice(0, mostHits).map(e => {
    const item = make("li"), a = linkTo({to: e.to, text: ""});
    a.append(make("span", "what", e.what), make("span", "text", e.text));
    item.append(a);
    return item;
  }));
  if (found.length > mostHits) hits.append(make("li", "quiet", "and " + (found.length - mostHits) + " more"));
  if (words.length && !found.length) hits.append(make("li", "quiet", "nothing found"));
  hits.hidden = !words.length;
};
one(".search").hidden = false;
search.addEventListener("input", look);
search.addEventListener("focus", look);
one(".search").addEventListener("keydown", event => {
  const links = all("a", hits), at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
  else if (event.key === "ArrowUp" && at >= 0) (links[at - 1] || search).focus();
  else if (event.key === "Enter" && at < 0 && links.length) links[0].click();
  else if (event.key === "Escape") search.blur();
  else return;
  event.preventDefault();
});
hits.addEventListener("click", event => { if (event.target.closest("a")) hits.hidden = true; });
document.addEventListener("click", event => { if (!event.target.closest(".search")) hits.hidden = true; });
document.addEventListener("keydown", event => {
  if (event.key === "Escape") hits.hidden = true;
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "radio") return;
  event.preventDefault();
  search.focus();
  search.select();
});

// A table of the picture shows its foreign keys, and those that lead to it.
for (const svg of all(".diagram svg")) {
  const lines = all(".line", svg);
  const light = box => {
    for (const e of all(".lit", svg)) e.classList.remove("lit");
    if (!box) return;
    box.classList.add("lit");
    for (const line of lines) if (line.dataset.from === box.id || line.dataset.to === box.id) line.classList.add("lit");
  };
  svg.addEventListener("pointerover", event => light(event.target.closest(".box")));
  svg.addEventListener("focusin", event => light(event.target.closest(".box")));
  const diagram = svg.parentElement;
  if (diagram.scrollWidth <= diagram.clientWidth && diagram.scrollHeight <= diagram.clientHeight) continue;
  const button = make("button", "fit", "Fit to the page");
  button.type = "button";
  button.addEventListener("click", () => {
    button.textContent = diagram.classList.toggle("fitted") ? "Full size" : "Fit to the page";
  });
  diagram.before(button);
}

// On paper everything is unfolded.
let closed = [];
addEventListener("beforeprint", () => {
  closed = all("details:not([open])");
  for (const details of closed) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of closed) details.open = false;
});

if (location.hash) go();
