// The page's words. They come from the server inside <template id="words">, so that there is one catalogue.
const place = document.getElementById("words");
const kept = place ? place.dataset : {};
const lang = document.documentElement.lang;

export const fill = (sentence, values = {}) => sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
export const word = (name, values) => fill(kept[name] || "", values);

/** A number as the page's language writes it. */
export const number = (value) => new Intl.NumberFormat(lang).format(value);
export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${number(Math.round(bytes / 1e8) / 10)} GB`);
export const rupiah = (sum) => "Rp" + String(sum).replace(/\B(?=([0-9]{3})+$)/g, ".");

/** A birth date in words. */
export const day = (iso) =>
  new Intl.DateTimeFormat(lang, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(iso + "T00:00:00Z"));

/** A moment: the time alone when it was today. */
export function moment(at) {
  const date = new Date(at);
  const time = `${String(date.getHours()).padStart(2, "0")}${lang === "id" ? "." : ":"}${String(date.getMinutes()).padStart(2, "0")}`;
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" }).format(date)} ${time}`;
}

export function show(element, on = true) {
  element.hidden = !on;
  return element;
}
