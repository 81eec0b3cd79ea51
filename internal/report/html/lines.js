// The plan as EXPLAIN prints it, beside the tree. A line leads to its node.
class PlanText {
  constructor(plan, place) {
    this.plan = plan;
    this.first = []; // of each node, its first line
    this.lines = make("div", "lines");
    this.lines.tabIndex = 0;
    this.lines.setAttribute("role", "region");
    this.lines.setAttribute("aria-label", "The plan as EXPLAIN prints it, literals hidden");
    let n = 0;
    const parts = document.createDocumentFragment(), line = (text, node) => {
      const e = make("div", "line"), link = node !== undefined && this.first[node] === undefined ? linkTo({to: "#p" + plan.position + "n" + node, text: ""}) : make("span");
      e.id = "p" + plan.position + "l" + ++n;
      if (node !== undefined) {
        e.dataset.node = node;
        if (this.first[node] === undefined) this.first[node] = n;
      }
      const at = text.search(/\S/);
      link.className = "";
      link.textContent = text.slice(at);
      e.append(text.slice(0, at), link);
      parts.append(e);
    };
    plan.nodes.forEach((node, i) => { for (const text of node.t || []) line(text, i); });
    for (const text of plan.foot) line(text);
    this.lines.append(parts);
    this.copy = make("button", "copy", "copy");
    this.copy.type = "button";
    this.copy.addEventListener("click", () => copyText(this.text(), this.copy, this.lines));
    one(".tabs", plan.element).append(" ", this.copy);
    place.append(this.lines);
    this.lines.addEventListener("click", event => {
      const e = event.target.closest(".line");
      if (!e || event.target.closest("a") || String(getSelection())) return;
      if (e.dataset.node) plan.select(+e.dataset.node);
    });
    this.mark(true);
  }

  text() { return Array.from(this.lines.children, e => e.textContent).join("\n") + "\n"; }

  mark(scroll) {
    const {selected} = this.plan;
    for (const e of all(".marked", this.lines)) e.classList.remove("marked");
    const own = all('[data-node="' + selected + '"]', this.lines);
    for (const e of own) e.classList.add("marked");
    if (scroll && own.length) {
      const box = this.lines, top = own[0].offsetTop, bottom = own[own.length - 1].offsetTop + own[0].offsetHeight;
      if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
    }
  }
}
