// What the form holds, and what it shows: answers out of the fields, mistakes and warnings back into them.
import { cleanAll } from "./rules.js";
import { show } from "./words.js";

const byId = (id) => document.getElementById(id);

/** Cleaned answers. In a correction an empty field says nothing about consent or whose phone it is. */
export function readForm(form, rules, correcting) {
  const typed = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value !== "" && name !== "confirmed_warnings") typed[name] = value;
  }
  if (typed.phone && !typed.phone_is_own) typed.phone_is_own = "no";
  if (!typed.phone) delete typed.phone_is_own;
  if (typed.village) typed.district = typed.village.slice(0, 8);
  else if (correcting) delete typed.district;
  if (correcting) delete typed.consent;
  return cleanAll(typed, rules);
}

export const somethingSaid = (answers) => Object.values(answers).some((value) => value !== null && value !== undefined);

/** The sentence at one field, or none. */
export function mark(field, sentence) {
  const place = byId(`${field}-error`);
  if (!place) return;
  place.textContent = sentence;
  show(place, Boolean(sentence));
  place.closest(".field").classList.toggle("wrong", Boolean(sentence));
  const input = byId(field);
  if (!input || input.tagName === "FIELDSET") return;
  if (sentence) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** All mistakes: at their fields, and on top with links that jump there. */
export function markAll(list) {
  for (const wrong of document.querySelectorAll("#registration .field.wrong")) mark(wrong.dataset.field, "");
  const summary = byId("error_summary");
  const lines = summary.querySelector("ul");
  lines.textContent = "";
  for (const { field, sentence } of list) {
    mark(field, sentence);
    const line = lines.appendChild(document.createElement("li"));
    if (field && byId(field)) {
      const link = line.appendChild(document.createElement("a"));
      link.href = `#${field}`;
      link.textContent = sentence;
      link.onclick = (event) => {
        event.preventDefault();
        byId(field).focus();
        byId(field).scrollIntoView({ block: "center" });
      };
    } else {
      line.textContent = sentence;
    }
  }
  show(summary, list.length > 0);
  if (list.length) {
    summary.focus();
    summary.scrollIntoView();
  }
}

const boxes = () => [...byId("warnings_list").querySelectorAll("input")];

/** Warnings as boxes to tick; those ticked before stay ticked. */
export function showWarnings(list) {
  const ticked = new Set(boxes().filter((box) => box.checked).map((box) => box.value));
  const place = byId("warnings_list");
  place.textContent = "";
  for (const { code, sentence } of list) {
    const row = byId("confirm_row").content.cloneNode(true);
    const box = row.querySelector("input");
    box.value = code;
    box.id = `confirm_${code}`;
    box.checked = ticked.has(code);
    box.removeAttribute("aria-describedby");
    row.querySelector("label span").textContent = sentence;
    row.querySelector(".error").remove();
    place.appendChild(row);
  }
  show(byId("warnings"), list.length > 0);
}

/** True while a warning waits for its tick; brings it into sight. */
export function unconfirmed() {
  const open = boxes().find((box) => !box.checked);
  if (!open) return false;
  byId("warnings").focus();
  byId("warnings").scrollIntoView({ block: "center" });
  return true;
}
