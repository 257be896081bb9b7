/**
 * Puts text where the next paste takes it from; rejects where the browser allows no way.
 * Some browsers refuse the clipboard and plain http has none; choosing and copying works there too.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (refused) {
    const chosen = document.createElement("textarea");
    chosen.value = text;
    document.body.append(chosen);
    chosen.select();
    const copied = document.execCommand("copy");
    chosen.remove();
    if (!copied) throw refused;
  }
}
