// What the other files use, and what stands alone: light and dark, copying.
const one = (selector, within) => (within || document).querySelector(selector);
const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));
const make = (tag, className, text) => {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
};
const draw = (tag, attributes) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const name in attributes) e.setAttribute(name, attributes[name]);
  return e;
};
const linkTo = link => {
  const a = make("a", "to", link.text);
  a.href = link.to;
  return a;
};
const folded = (summary, ...inside) => {
  const details = make("details");
  details.append(make("summary", "quiet", summary), ...inside);
  return details;
};
const barOf = share => {
  const svg = draw("svg", {class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true"});
  svg.append(draw("rect", {width: share, height: 10}));
  return svg;
};
// Columns sort by their figures, unknown ones last.
const compare = (a, b, sign) => {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
};

document.documentElement.classList.add("js");

// Light and dark: the system's choice until the button says otherwise.
const theme = one("#theme");
const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const nameTheme = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
theme.hidden = false;
theme.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
nameTheme();

const copyText = (text, button, element) => {
  const done = () => {
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  };
  const byHand = () => {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (document.execCommand("copy")) done();
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand); else byHand();
};

// Every text that is there to be copied has a button. A statement with a hidden
// literal is there to be read.
for (const pre of all("pre.sql:not([data-not-runnable])")) {
  const text = pre.textContent, button = make("button", "", "copy");
  button.type = "button";
  button.addEventListener("click", event => {
    event.preventDefault();
    copyText(text, button, pre.firstChild);
  });
  pre.classList.add("copies");
  pre.append(button);
}
