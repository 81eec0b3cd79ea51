// The nodes of a plan as a list that sorts, and its pictures as files.
const firstNodes = 200; // of a list; a click shows the rest

class NodeList {
  constructor(plan, place) {
    this.plan = plan;
    this.place = place;
    this.by = 0;
    this.sign = -1;
    this.most = firstNodes;
    this.table = make("table", "sortable");
    this.table.setAttribute("aria-label", "The nodes of the plan");
    const head = this.table.createTHead().insertRow();
    this.heads = [["node", ""]].concat(plan.columns.map(c => [c.name, "figure"])).map(([name, className], k) => {
      const th = make("th", className), button = make("button", "", name);
      th.scope = "col";
      button.type = "button";
      button.addEventListener("click", () => this.sort(k - 1));
      th.append(button);
      head.append(th);
      return th;
    });
    this.body = this.table.createTBody();
    this.more = make("button", "more", "");
    this.more.type = "button";
    this.more.addEventListener("click", () => { this.most = Infinity; this.draw(); });
    place.append(this.table, this.more);
    this.body.addEventListener("click", event => {
      const row = event.target.closest("tr");
      if (row && !event.target.closest("a")) plan.select(+row.dataset.node);
    });
    this.draw();
  }

  // By a column of figures, -1 is the order of the plan. A second click turns it round.
  sort(by) {
    this.sign = this.by === by ? -this.sign : by < 0 ? 1 : -1;
    this.by = by;
    this.draw();
  }

  draw() {
    const {nodes, columns, position} = this.plan, by = this.by;
    const value = i => by < 0 ? i : nodes[i].v[by] === null ? "" : nodes[i].v[by];
    const order = nodes.map((_, i) => i).sort((a, b) => compare(value(a), value(b), this.sign));
    this.heads.forEach((th, k) => {
      if (k - 1 === by) th.setAttribute("aria-sort", this.sign > 0 ? "ascending" : "descending"); else th.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...order.slice(0, this.most).map(i => {
      const n = nodes[i], row = make("tr", n.x ? "hot" : ""), label = make("td", "text");
      row.dataset.node = i;
      label.append(linkTo({to: "#p" + position + "n" + i, text: "#" + i}), " ", make("span", "name", n.l));
      for (const mark of n.m || []) label.append(" ", linkTo(mark));
      row.append(label);
      columns.forEach((c, k) => {
        const td = make("td", "figure " + c.class);
        td.dataset.name = c.name;
        if (n.e && c.class === "est") td.classList.add("far");
        if (c.class === "share") td.append(barOf(n.s));
        td.append(make("span", "", n.c[k]));
        row.append(td);
      });
      return row;
    }));
    this.more.textContent = "show all " + nodes.length;
    this.more.hidden = nodes.length <= this.most;
    this.mark();
  }

  mark() {
    for (const row of this.body.rows) row.classList.toggle("selected", +row.dataset.node === this.plan.selected);
  }
}

// What is in sight of a plan as an SVG file: it needs no style sheet, and its colours
// are those of the page.
const pictureFile = (plan, heading) => {
  const style = getComputedStyle(document.documentElement), colour = name => style.getPropertyValue(name).trim();
  const font = "system-ui, -apple-system, 'Segoe UI', Roboto, Arial, sans-serif", top = 34, margin = 12;
  const text = (x, y, words, more) => {
    const e = draw("text", Object.assign({x, y, fill: colour("--text"), "font-size": 12, "font-family": font}, more));
    e.textContent = words;
    return e;
  };
  const body = draw("g", {transform: "translate(" + margin + " " + top + ")"});
  let width, height;
  if (plan.picture.hidden) [width, height] = treePicture(plan, body, text, colour);
  else {
    const from = one("svg", plan.picture), to = from.cloneNode(true);
    const styled = all("rect, text", to);
    all("rect, text", from).forEach((e, k) => {
      const s = getComputedStyle(e);
      for (const name of e.tagName === "rect" ? ["fill", "stroke", "stroke-width"] : ["fill", "font-size", "font-weight"]) styled[k].setAttribute(name, s.getPropertyValue(name));
      if (e.tagName === "text") styled[k].setAttribute("font-family", font);
    });
    body.append(...to.childNodes);
    width = +from.getAttribute("width");
    height = +from.getAttribute("height");
  }
  const svg = draw("svg", {xmlns: "http://www.w3.org/2000/svg", width: width + 2 * margin, height: height + top + margin});
  svg.append(draw("rect", {width: "100%", height: "100%", fill: colour("--page")}), text(margin, 21, heading, {"font-size": 14, "font-weight": 600}), body);
  return new XMLSerializer().serializeToString(svg);
};

const longestName = 90; // signs of a node in a picture

// The tree as the page shows it, a line a node.
const treePicture = (plan, body, text, colour) => {
  const line = 19, right = {"text-anchor": "end"}, rows = Array.from(plan.body.rows);
  const figures = plan.columns.slice(0, plan.inTree), names = plan.inTree * 66 + 14;
  let width = 0;
  const row = (y, cells, more) => cells.forEach((words, k) => body.append(text(k * 66 + 58, y, words, Object.assign({}, right, more))));
  row(8, figures.map(c => c.name), {fill: colour("--quiet")});
  rows.forEach((tr, k) => {
    const y = (k + 1) * line + 10, i = tr.dataset.node, n = i === undefined ? null : plan.nodes[i];
    const fill = n && n.x ? {fill: colour("--culprit"), "font-weight": 600} : n ? {} : {fill: colour("--quiet")};
    if (n) {
      if (n.s) body.prepend(draw("rect", {x: 0, y: y - 12, width: names * n.s / 100, height: 16, fill: colour(n.x ? "--culprit" : "--line"), "fill-opacity": n.x ? 0.25 : 1}));
      row(y, n.c.slice(0, plan.inTree));
    }
    const words = one(".name", tr).textContent, x = names + 12 * Math.min(plan.level[n ? i : tr.dataset.from], 30), said = words.length > longestName ? words.slice(0, longestName - 1) + "\u2026" : words;
    const marks = n && n.m ? " \u2190 " + n.m.map(m => m.text).join(" ") : "";
    body.append(text(x, y, said + marks, fill));
    width = Math.max(width, x + 7 * (said.length + marks.length));
  });
  return [width, (rows.length + 1) * line];
};

const saveAs = (name, type, text) => {
  const a = document.createElement("a"), url = URL.createObjectURL(new Blob([text], {type}));
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};
