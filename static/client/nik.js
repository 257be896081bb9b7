// Reads what a NIK says about a person: 6 digits of region, date DDMMYY with the day + 40 for women, 4 of serial.
// Its twin is sbt_pwa/records/nik.py; tests/shared_cases/nik.json holds them together.

export function isoDate(year, month, day) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const last = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (!last || day < 1 || day > last || year < 1900 || year > 2100) return null;
  const two = (number) => String(number).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}`;
}

export const isDate = (text) => /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) && isoDate(...text.split("-").map(Number)) === text;

/** The parts of a NIK, or null when it is not 16 digits. birthDate and sex are null when the date cannot exist. */
export function readNik(nik, { asOf, regency, provinces }) {
  if (!/^[0-9]{16}$/.test(nik)) return null;
  const [day, month, year] = [6, 8, 10].map((at) => Number(nik.slice(at, at + 2)));
  const century = year > Number(asOf.slice(2, 4)) ? 1900 : 2000;
  const birthDate = isoDate(century + year, month, day > 40 ? day - 40 : day);
  const region = provinces.includes(nik.slice(0, 2))
    ? (nik.startsWith(regency.replace(".", "")) ? "here" : "other")
    : "unknown";
  return {
    birthDate,
    sex: birthDate && (day > 40 ? "female" : "male"),
    region,
    regionCode: nik.slice(0, 6),
    serial: nik.slice(12),
  };
}

/** What the NIK says otherwise than the answers do: [{field, code}]. Never a reason to refuse. */
export function nikWarnings(answers, { as_of: asOf, regency, provinces }) {
  const read = readNik(answers.nik || "", { asOf, regency, provinces });
  if (!read) return [];
  const found = [];
  if (read.region !== "here") found.push({ field: "nik", code: `nik_${read.region}_region` });
  if (!read.birthDate) found.push({ field: "nik", code: "nik_no_date" });
  if (read.serial === "0000") found.push({ field: "nik", code: "nik_serial_zero" });
  if (read.birthDate && isDate(answers.birth_date) && read.birthDate !== answers.birth_date) {
    found.push({ field: "birth_date", code: "nik_birth_date_differs" });
  }
  if (read.sex && answers.sex && read.sex !== answers.sex) found.push({ field: "sex", code: "nik_sex_differs" });
  return found;
}
