// The report's text to send on: one tap copies it. Without this page and text are the same, and the text is chosen by hand.
const text = document.getElementById("text");
const button = document.getElementById("copy").content.firstElementChild;

/** Over plain http, in an office's own network, there is no clipboard to write to; choosing and copying works there too. */
async function chooseAndCopy() {
  text.select();
  if (!document.execCommand("copy")) throw new Error("not copied");
}

async function copy() {
  try {
    await (navigator.clipboard ? navigator.clipboard.writeText(text.value).catch(chooseAndCopy) : chooseAndCopy());
    button.textContent = button.dataset.copied;
  } catch (error) {
    text.select(); // one touch less for the hand
  }
}

button.addEventListener("click", copy);
document.getElementById("send-ways").prepend(button);
