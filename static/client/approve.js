// Keys, photo and ticks of the supervisor's room. Every page works without it.
const byId = (id) => document.getElementById(id);
const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select");

// On the page of an entry; in the list j and k go from row to row.
const KEYS = { a: ".entry [data-key=a]", r: ".entry [data-key=r]", j: ".entry .pager [rel=next]", k: ".entry .pager [rel=prev]" };

function open(id) {
  const details = byId(id);
  if (!details) return;
  details.open = true;
  details.scrollIntoView({ block: "start" });
  const first = details.querySelector("input[type=checkbox]");
  if (first) first.focus({ preventScroll: true });
}

function step(by) {
  const links = [...document.querySelectorAll("#rows .row-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? 0 : at + by];
  if (next) next.focus();
}

function press(key) {
  if (key === "?") {
    const keys = byId("keys");
    if (keys) keys.open = !keys.open;
    return Boolean(keys);
  }
  const target = document.querySelector(KEYS[key]);
  if (target && !target.disabled) target.click();
  else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (event.key === "Escape") enlarge(false);
  else if ("jkar?".includes(event.key) && press(event.key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && byId(opener.dataset.opens)) {
    event.preventDefault();
    open(opener.dataset.opens);
  }
});

const photo = byId("photo");
let turns = 0;

function enlarge(large) {
  if (!photo) return;
  const button = photo.querySelector("[data-do=enlarge]");
  if (!button.dataset.larger) button.dataset.larger = button.textContent;
  photo.classList.toggle("enlarged", large);
  button.textContent = large ? button.dataset.smaller : button.dataset.larger;
  const view = photo.querySelector(".view");
  view.scrollLeft = (view.scrollWidth - view.clientWidth) / 2;
  view.scrollTop = (view.scrollHeight - view.clientHeight) / 2;
}

function turn() {
  turns = (turns + 1) % 4;
  const view = photo.querySelector(".view");
  view.className = turns ? `view turn-${turns}${turns % 2 ? " turned" : ""}` : "view";
}

if (photo) {
  photo.querySelector("[data-photo]").hidden = false;
  photo.addEventListener("click", (event) => {
    const act = event.target.closest("[data-do]");
    if (act && act.dataset.do === "turn") turn();
    else if (act || event.target.closest("a")) {
      event.preventDefault();
      enlarge(!photo.classList.contains("enlarged"));
    }
  });
}

// The button for the ticked ones comes with the first tick.
function showTicked() {
  const form = byId("several");
  const bar = form && form.querySelector("[data-ticked]");
  if (bar) bar.hidden = !form.querySelector("[name=entry]:checked");
}
document.addEventListener("change", showTicked);
document.addEventListener("htmx:afterSwap", showTicked);
showTicked();
