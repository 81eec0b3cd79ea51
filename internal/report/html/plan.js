// A plan: the tree with what is folded, a picture, and the node that is
// selected. Nodes stand in plan order, so that all below one follow it.
const firstMany = 200; // nodes that one click unfolds
const indentStep = 14, leastStep = 4; // px a level

class Plan {
  constructor(element) {
    this.element = element;
    this.position = element.id.slice(1);
    const data = JSON.parse(one("script", element).textContent);
    this.nodes = data.nodes;
    this.columns = data.columns;
    this.inTree = data.tree;
    this.facts = data.facts;
    this.folds = data.folds;
    this.selected = data.selected;
    this.foot = data.foot;
    this.view = "tree";
    this.root = 0;
    const count = this.nodes.length;
    this.level = new Int32Array(count);
    this.end = new Int32Array(count); // of each node, the first position that is not below it
    for (let i = count - 1; i >= 0; i--) {
      this.end[i] = Math.max(this.end[i], i + 1);
      const parent = this.nodes[i].p;
      if (parent >= 0) this.end[parent] = Math.max(this.end[parent], this.end[i]);
    }
    for (let i = 1; i < count; i++) this.level[i] = this.level[this.nodes[i].p] + 1;
    this.rows = new Map();
    this.table = one("table.tree", element);
    this.deepest = this.level.reduce((a, b) => Math.max(a, b), 1);
    this.fit(one(".view", element).clientWidth);
    this.drawn = this.nodes.map(n => n.d);
    this.shown = this.drawn.slice();
    this.open = this.drawn.slice();
    this.body = one("tbody", this.table);
    this.blank = one("template", element).content.firstElementChild;
    this.picture = one(".picture", element);
    this.panel = one(".panel", element);
    this.about = one(".about", element);
    for (const button of all(".tabs button[value]", element)) button.addEventListener("click", () => this.beside(button.value));
    if (!this.nodes.some(n => n.t)) one(".tabs", element).hidden = true;
    this.whole = one(".whole", element);
    this.zoomed = one(".zoomed", element);
    this.place = one(".nodes", element);
    this.sums = one(".sums", element);
    if (this.sums) this.sums.hidden = true;
    one(".save", element).addEventListener("click", () => saveAs("plan-" + (+this.position + 1) + ".svg", "image/svg+xml", pictureFile(this, this.heading())));
    this.table.setAttribute("role", "treegrid");
    this.table.setAttribute("aria-label", "The plan");
    this.panel.hidden = false;
    one(".views", element).hidden = false;
    one(".views", element).addEventListener("change", event => this.show(event.target.value));
    this.whole.addEventListener("click", () => this.zoom(0));
    this.body.addEventListener("click", event => this.clicked(event));
    this.body.addEventListener("dblclick", event => {
      const row = event.target.closest("tr");
      if (row && row.dataset.node) this.turn(+row.dataset.node);
    });
    this.body.addEventListener("keydown", event => this.key(event));
    this.picture.addEventListener("click", event => this.picked(event, i => this.select(i)));
    this.picture.addEventListener("dblclick", event => this.picked(event, i => this.zoom(i)));
    this.picture.addEventListener("keydown", event => this.pictureKey(event));
    new ResizeObserver(() => {
      if (!this.picture.hidden && this.picture.clientWidth !== this.drawnWidth) this.paint();
      this.fit(this.table.clientWidth);
    }).observe(one(".view", element));
    this.list();
    this.select(this.selected);
  }

  // The rows that are to be seen: a node whose parent is open, or a line for
  // those that are folded. Rows that stand already stay as they are.
  list() {
    const wanted = [];
    for (let i = 0; i < this.nodes.length;) {
      if (this.shown[i]) {
        wanted.push(this.rowOf(i));
        i = this.open[i] ? i + 1 : this.end[i];
        continue;
      }
      const from = i;
      i = this.foldEnd(from, this.shown);
      wanted.push(this.fold(from, i));
    }
    const stay = new Set(wanted);
    for (const row of Array.from(this.body.rows)) if (!stay.has(row)) row.remove();
    let next = this.body.firstElementChild;
    for (const row of wanted) {
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
    }
  }

  // The levels take at most a third of the width. A level that is not told apart any
  // more is a number in front of the node.
  fit(width) {
    const room = (width || 1000) / 3, step = Math.round(Math.max(leastStep, Math.min(indentStep, room / this.deepest)) * 10) / 10;
    if (step === this.step && this.levels === Math.floor(room / step)) return;
    this.step = step;
    this.levels = Math.floor(room / step);
    this.table.style.setProperty("--step", step + "px");
    for (const [i, row] of this.rows) this.indent(row, i);
  }

  indent(row, i) {
    const level = this.level[i], svg = one(".indent", row), beyond = level > this.levels;
    svg.style.width = this.step * Math.min(level, this.levels) + "px";
    one(".level", row).textContent = beyond ? level + "\u203a" : "";
  }

  rowOf(i) {
    if (!this.rows.has(i)) this.rows.set(i, this.row(i));
    return this.rows.get(i);
  }

  row(i) {
    const n = this.nodes[i], [row, label] = this.line(i, "#" + i + " " + n.l), cells = row.cells;
    row.id = "p" + this.position + "n" + i;
    row.dataset.node = i;
    if (n.x) row.classList.add("hot");
    for (let k = 0; k < this.inTree; k++) {
      cells[k].lastElementChild.textContent = n.c[k];
      if (n.e && this.columns[k].class === "est") cells[k].classList.add("far");
    }
    for (const bar of all(".bar rect", row)) bar.setAttribute("width", n.s);
    const links = one(".links", label), what = one(".what", label);
    for (const mark of n.m || []) links.append(" ", linkTo(mark));
    if (n.n) what.append(make("span", "notes", n.n));
    for (const [name, text] of n.k || []) what.append(make("span", "condition", name + ": " + text));
    row.setAttribute("aria-selected", i === this.selected);
    if (this.end[i] > i + 1) this.expanded(row, this.open[i]);
    return row;
  }

  fold(from, to) {
    const known = this.folds[from];
    const [row] = this.line(from, known && this.foldEnd(from, this.drawn) === to ? known : "... " + (to - from) + (to - from === 1 ? " node" : " nodes"));
    row.classList.add("fold");
    row.dataset.from = from;
    row.dataset.to = to;
    for (const bar of all(".bar", row)) bar.remove();
    this.expanded(row, false);
    return row;
  }

  line(i, name) {
    const row = this.blank.cloneNode(true), label = row.cells[row.cells.length - 1];
    row.setAttribute("aria-level", this.level[i] + 1);
    row.tabIndex = -1;
    this.indent(row, i);
    one(".name", label).textContent = name;
    return [row, label];
  }

  expanded(row, open) {
    row.setAttribute("aria-expanded", open);
    one(".twist", row).textContent = open ? "\u25be" : "\u25b8";
  }

  openNode(i, open) {
    this.open[i] = open;
    if (this.end[i] > i + 1) this.expanded(this.rowOf(i), open);
  }

  // Where a line ends that stands for the nodes from here on.
  foldEnd(from, shown) {
    let i = from;
    do i = this.end[i]; while (i < this.nodes.length && !shown[i] && !(i in this.folds));
    return i;
  }

  clicked(event) {
    const row = event.target.closest("tr");
    if (!row || event.target.closest("a")) return;
    if (row.dataset.from) return this.unfold(+row.dataset.from, +row.dataset.to);
    const i = +row.dataset.node;
    if (event.target.closest(".twist") && this.end[i] > i + 1) this.turn(i);
    this.select(i, true);
  }

  // Shows the first of what a line stands for, each with what is below it
  // folded.
  unfold(from, to) {
    this.showSome(from, to);
    this.list();
    this.select(from, true);
  }

  showSome(from, to) {
    for (let i = from, n = 0; i < to && n < firstMany; i = this.end[i], n++) this.shown[i] = true;
  }

  turn(i) {
    this.openNode(i, !this.open[i]);
    if (this.open[i] && !this.shown.slice(i + 1, this.end[i]).includes(true)) this.showSome(i + 1, this.end[i]);
    this.list();
    this.focus();
  }

  // Opens the way to a node.
  reveal(i) {
    let changed = !this.shown[i];
    this.shown[i] = true;
    for (let k = this.nodes[i].p; k >= 0; k = this.nodes[k].p) {
      changed = changed || !this.shown[k] || !this.open[k];
      this.shown[k] = true;
      this.openNode(k, true);
    }
    if (changed) this.list();
  }

  select(i, focus) {
    const before = this.rowOf(this.selected), row = this.rowOf(i);
    before.setAttribute("aria-selected", false);
    before.tabIndex = -1;
    this.selected = i;
    this.reveal(i);
    row.setAttribute("aria-selected", true);
    row.tabIndex = 0;
    if (focus) this.focus();
    this.tell();
    if (this.nodeList) this.nodeList.mark();
    if (this.text) this.text.mark(true);
    if (!this.picture.hidden) this.mark();
  }

  heading() {
    const name = one(".views input:checked", this.element).parentElement.textContent.trim();
    return one("h2", this.element).textContent + " \u2013 " + name.toLowerCase();
  }

  focus() {
    if (this.view !== "tree") return;
    const row = this.rowOf(this.selected);
    row.focus({preventScroll: true});
    row.scrollIntoView({block: "nearest"});
  }

  key(event) {
    const row = event.target.closest("tr");
    if (!row || event.target !== row || event.altKey || event.ctrlKey || event.metaKey) return;
    const i = +row.dataset.node, folded = row.dataset.from !== undefined;
    const to = other => {
      if (!other) return;
      if (other.dataset.node !== undefined) this.select(+other.dataset.node, true);
      else other.focus();
    };
    switch (event.key) {
    case "ArrowDown": to(row.nextElementSibling); break;
    case "ArrowUp": to(row.previousElementSibling); break;
    case "Home": to(this.body.firstElementChild); break;
    case "End": to(this.body.lastElementChild); break;
    case "ArrowRight": case "Enter": case " ":
      if (folded) this.unfold(+row.dataset.from, +row.dataset.to);
      else if (this.end[i] > i + 1 && !this.open[i]) this.turn(i);
      else if (event.key === "ArrowRight") to(row.nextElementSibling);
      else if (this.end[i] > i + 1) this.turn(i);
      break;
    case "ArrowLeft":
      if (!folded && this.open[i] && this.end[i] > i + 1) this.turn(i);
      else {
        const parent = this.nodes[folded ? +row.dataset.from : i].p;
        if (parent >= 0) this.select(parent, true);
      }
      break;
    default: return;
    }
    event.preventDefault();
  }

  // What is known of the selected node.
  tell() {
    const n = this.nodes[this.selected], parts = [make("h3", n.x ? "hot" : "", "")];
    parts[0].append(make("span", "name", "#" + this.selected + " " + n.l));
    for (const f of n.w || []) {
      const finding = document.getElementById(f), box = make("div", "found"), head = make("p");
      head.append(one(".severity", finding).cloneNode(true), " ", linkTo({to: "#" + f, text: f + " " + one(".rule", finding).textContent}));
      for (const to of all('.links a[href^="#R"]', finding)) head.append(" \u2192 ", to.cloneNode(true));
      box.append(head, make("p", "", one(".title", finding).textContent), make("p", "", one(".detail", finding).textContent));
      parts.push(box);
    }
    const [expected, came] = n.r;
    if (expected >= 0 && came >= 0) {
      const most = Math.max(expected, came, 1), versus = make("div", "versus");
      for (const [name, className, rows, words] of [["rows", "came", came, this.fact("rows")], ["estimated", "expected", expected, this.fact("estimated rows")]]) {
        const line = make("div", className);
        line.append(make("span", "", name), barOf(100 * rows / most), make("span", "figure", words));
        versus.append(line);
      }
      parts.push(versus);
      if (n.e) parts.push(make("p", "far", "rows are " + n.c[this.columns.findIndex(c => c.class === "est")] + " times the estimate"));
    }
    if (n.n) parts.push(make("p", "", n.n));
    for (const [name, text] of n.k || []) {
      const p = make("p", "code");
      p.append(make("span", "quiet", name + " "), text);
      parts.push(p);
    }
    if (n.o) parts.push(folded("Output", make("p", "code", n.o)));
    const table = make("table", "facts");
    this.facts.forEach((name, k) => {
      if (!n.f[k]) return;
      const row = table.insertRow();
      row.append(make("td", "quiet", name), make("td", "figure", n.f[k]));
    });
    parts.push(table);
    if (n.u) parts.push(this.workers(n.u));
    if (n.t) {
      const line = this.nodes.slice(0, this.selected).reduce((sum, before) => sum + (before.t || []).length, 1);
      const p = make("p", "quiet");
      p.append(linkTo({to: "#p" + this.position + "l" + line, text: "line " + line}), " of the plan's text");
      parts.push(p);
    }
    this.about.replaceChildren(...parts);
  }

  workers(list) {
    const heads = ["worker", "rows", "time", "blocks", "sort"], told = heads.map((_, k) => list.some(w => w[k]));
    const table = make("table", "workers"), head = table.createTHead().insertRow();
    heads.forEach((name, k) => { if (told[k]) head.append(make("th", k ? "figure" : "", name)); });
    for (const w of list) {
      const row = table.insertRow();
      w.forEach((words, k) => { if (told[k]) row.append(make("td", k ? "figure" : "", words)); });
    }
    return table;
  }

  fact(name) { return this.nodes[this.selected].f[this.facts.indexOf(name)]; }

  show(view) {
    const picture = /^\d$/.test(view);
    this.view = view;
    this.table.hidden = view !== "tree";
    this.place.hidden = view !== "nodes";
    if (this.sums) this.sums.hidden = view !== "sums";
    one(".sides", this.element).classList.toggle("alone", view === "sums");
    this.picture.hidden = !picture;
    this.zoomed.hidden = !picture;
    one(".save", this.element).hidden = view === "nodes" || view === "sums";
    if (view === "nodes" && !this.nodeList) this.nodeList = new NodeList(this, this.place);
    if (picture) this.paint();
  }

  // Beside the view is what is known of the selected node, or the plan's text.
  beside(what) {
    for (const button of all(".tabs button[value]", this.element)) button.setAttribute("aria-pressed", button.value === what);
    one(".sides", this.element).classList.toggle("reading", what === "text");
    this.about.hidden = what === "text";
    one(".raw", this.element).hidden = what !== "text";
    if (what === "text" && !this.text) this.text = new PlanText(this, one(".raw", this.element));
    if (!this.text) return;
    this.text.copy.hidden = what !== "text";
    this.text.mark(true);
  }

  // Shows a line of the text, and its node.
  toLine(n) {
    this.beside("text");
    const line = document.getElementById("p" + this.position + "l" + n);
    if (!line) return;
    if (line.dataset.node) this.select(+line.dataset.node);
    this.element.scrollIntoView({block: "start"});
    line.closest(".panel").scrollIntoView({block: "nearest"});
    (one("a", line) || this.text.lines).focus({preventScroll: true});
  }

  // A view in which nodes can be seen.
  toNodes() {
    if (this.view !== "sums") return;
    one("input[value=tree]", this.element).checked = true;
    this.show("tree");
  }

  zoom(i) {
    this.root = i;
    this.paint();
  }

  // An icicle: a node is as wide as it and all below it take; what is not
  // covered by those below is its own.
  paint() {
    const area = +this.view, first = this.root, end = this.end[first], height = 22;
    const width = this.drawnWidth = this.picture.clientWidth;
    const sums = new Float64Array(this.nodes.length), lefts = new Float64Array(this.nodes.length), turn = new Uint8Array(this.nodes.length);
    for (let i = end - 1; i >= first; i--) {
      sums[i] += this.nodes[i].a[area];
      if (i > first) sums[this.nodes[i].p] += sums[i];
    }
    const scale = sums[first] > 0 ? width / sums[first] : 0, used = new Float64Array(this.nodes.length);
    let deepest = 0;
    const name = one(".views input:checked", this.element).parentElement.textContent.trim();
    const svg = draw("svg", {width: width, role: "img", "aria-label": "The plan by " + name.toLowerCase() + "; the tree has the same in words"});
    for (let i = first; i < end; i++) {
      const n = this.nodes[i];
      if (i > first) {
        lefts[i] = lefts[n.p] + used[n.p];
        used[n.p] += sums[i] * scale;
        turn[i] = turn[n.p] ^= 1;
      }
      const wide = sums[i] * scale;
      if (wide < 0.5) continue;
      const depth = this.level[i] - this.level[first], y = depth * height, group = draw("g", {"data-node": i});
      deepest = Math.max(deepest, depth);
      if (n.x) group.classList.add("hot");
      if (turn[i]) group.classList.add("other");
      const title = draw("title", {});
      title.textContent = "#" + i + " " + n.l + ", " + name.toLowerCase() + ": " + this.share(n.a[area], sums[first]) + " self, " + this.share(sums[i], sums[first]) + " with children";
      group.append(title, draw("rect", {x: lefts[i].toFixed(2), y: y, width: wide.toFixed(2), height: height}));
      const room = Math.floor((wide - 10) / 6.6);
      if (room >= 3) {
        const text = draw("text", {x: (lefts[i] + 5).toFixed(2), y: y + 15}), words = "#" + i + " " + n.l + (n.m ? " \u2190 " + n.m.map(m => m.text).join(" ") : "");
        text.textContent = words.length > room ? words.slice(0, room - 1) + "\u2026" : words;
        group.append(text);
      }
      svg.append(group);
    }
    svg.setAttribute("height", (deepest + 1) * height + 2);
    this.whole.disabled = first === 0;
    this.picture.replaceChildren(svg);
    this.picture.tabIndex = 0;
    this.mark();
  }

  share(part, whole) {
    const percent = whole > 0 ? 100 * part / whole : 0;
    return percent > 0 && percent < 1 ? "< 1%" : Math.round(percent) + "%";
  }

  mark() {
    for (const g of all(".selected", this.picture)) g.classList.remove("selected");
    const g = one('g[data-node="' + this.selected + '"]', this.picture);
    if (!g) return;
    g.classList.add("selected");
    g.parentElement.append(g); // above its neighbours, whole outline
  }

  picked(event, act) {
    const g = event.target.closest("g");
    if (g) act(+g.dataset.node);
  }

  pictureKey(event) {
    const i = this.selected, n = this.nodes[i];
    const sibling = step => {
      for (let k = i + step; k > n.p && k < this.nodes.length && n.p >= 0; k += step) if (this.nodes[k].p === n.p) return k;
      return i;
    };
    switch (event.key) {
    case "ArrowDown": if (this.end[i] > i + 1) this.select(i + 1); break;
    case "ArrowUp": if (n.p >= 0) this.select(n.p); break;
    case "ArrowRight": this.select(sibling(1)); break;
    case "ArrowLeft": this.select(sibling(-1)); break;
    case "Enter": this.zoom(i); break;
    case "Escape": this.zoom(0); break;
    default: return;
    }
    event.preventDefault();
  }
}
