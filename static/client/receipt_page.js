// The receipt of a record that lies sealed on this phone: code, QR, and ways to hand it to the worker.
import { showReceiptCode } from "./receipt_code.js";
import { moment, show, size, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

async function drawQr(place, text) {
  const { encode } = await import("../vendor/uqr@0.1.3/uqr.js");
  const rows = encode(text, { border: 2 }).data;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", rows.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join(""));
  svg.appendChild(path);
  place.textContent = "";
  place.appendChild(svg);
}

/** The code in groups of four, as ui/code.html draws it. */
export function codeElement(code, large = false) {
  const whole = document.createElement("span");
  whole.className = large ? "code code-large" : "code";
  showReceiptCode(code).split("-").forEach((group, i) => {
    if (i) {
      const dash = document.createElement("span");
      dash.className = "dash";
      dash.textContent = "-";
      whole.appendChild(dash);
    }
    whole.appendChild(document.createTextNode(group));
  });
  return whole;
}

export function badgeElement(status, text) {
  const badge = document.createElement("span");
  badge.className = `badge is-${status}`;
  badge.textContent = text;
  return badge;
}

/** The word for where a record stands: the office's answer where there is one, else this phone's own state. */
export const standing = (record, rules) => {
  const status = record.serverStatus || (record.state === "retry" ? "waiting" : record.state);
  return { status, text: (rules && rules.statuses[status]) || word("state" + status[0].toUpperCase() + status.slice(1)) || status };
};

export const about = (record, rules) =>
  [record.maskedName, record.village, (rules && rules.occupations[record.occupation]) || record.occupation].filter(Boolean).join(" · ");

export const weight = (record) => (record.photoBytes
  ? word("withPhoto", { size: size(record.bytes), photo: size(record.photoBytes) })
  : word("weight", { size: size(record.bytes) }));

/** Where the record stands now; said again when sending has changed it. */
export function showStanding(view, record, rules) {
  const place = view.querySelector('[data-slot="state"]');
  const { status, text } = standing(record, rules);
  if (place.textContent === text) return;
  place.textContent = "";
  place.appendChild(badgeElement(status, text));
}

async function copy(button, text) {
  try {
    const { copyText } = await import("./clipboard.js");
    await copyText(text);
    button.textContent = word("copied");
  } catch (refused) {
    window.prompt(button.textContent, text); // chosen there for the hand
  }
}

/** Fills the view. phone: the worker's number while the form still knows it; it is never kept. */
export function showReceipt(view, record, { rules, phone, title } = {}) {
  view.textContent = "";
  view.appendChild(document.getElementById("receipt_view").content.cloneNode(true));
  const slot = (name) => view.querySelector(`[data-slot="${name}"]`);
  const link = `${location.origin}/check#${record.receiptCode}`;
  const text = word("workerText", { code: showReceiptCode(record.receiptCode), link });
  const heading = slot("heading").appendChild(document.createElement("h1"));
  heading.tabIndex = -1;
  // What the inbox told of is not on this phone.
  heading.textContent = title || (record.bytes ? slot("heading").dataset.words : word("receipt"));
  showStanding(view, record, rules);
  slot("code").appendChild(codeElement(record.receiptCode, true));
  slot("link").textContent = `${location.host}/check`;
  slot("sms").href = `sms:${phone || ""}?body=${encodeURIComponent(text)}`;
  slot("whatsapp").href = `https://wa.me/${(phone || "").replace("+", "")}?text=${encodeURIComponent(text)}`;
  const facts = document.createElement("p");
  facts.textContent = [about(record, rules), moment(record.savedAt)].filter(Boolean).join(" · ");
  const heavy = document.createElement("p");
  heavy.className = "note";
  heavy.textContent = record.bytes ? weight(record) : "";
  slot("facts").append(facts, heavy);
  view.onclick = ({ target }) => {
    const { do: what } = target.dataset;
    if (what === "show") {
      view.classList.toggle("large");
      [target.textContent, target.dataset.other] = [target.dataset.other, target.textContent];
    }
    if (what === "copy") copy(target, text);
  };
  show(view);
  window.scrollTo(0, 0);
  heading.focus();
  drawQr(slot("qr"), link).catch(() => show(slot("qr"), false));
}
