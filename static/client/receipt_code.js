// The receipt code: 11 random characters of Crockford's base32 and one check character, shown as K7QM-3F8T-9XW1.
// Its twin is sbt_pwa/records/receipt_code.py; tests/shared_cases/receipt_codes.json holds them together.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Odd weights, so that any single wrong character changes the sum.
function checkCharacter(eleven) {
  let sum = 0;
  for (let i = 0; i < 11; i++) sum += ALPHABET.indexOf(eleven[i]) * (2 * i + 1);
  return ALPHABET[sum % 32];
}

export function makeReceiptCode() {
  const eleven = Array.from(crypto.getRandomValues(new Uint8Array(11)), (byte) => ALPHABET[byte % 32]).join("");
  return eleven + checkCharacter(eleven);
}

/** What a person typed -> {code} or {problem: "length" | "characters" | "check"}. */
export function readReceiptCode(typed) {
  const text = String(typed).normalize("NFKC").toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
  const code = text.replace(/[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2010-\u2015\u2028-\u202e\u2060-\u2064\u2066-\u2069\u2212\ufeff-]/g, "");
  if (!/^[0-9A-HJKMNP-TV-Z]*$/.test(code)) return { problem: "characters" };
  if (code.length !== 12) return { problem: "length" };
  return checkCharacter(code) === code[11] ? { code } : { problem: "check" };
}

export const showReceiptCode = (code) => code.replace(/^(.{4})(.{4})(.{4})$/, "$1-$2-$3");
