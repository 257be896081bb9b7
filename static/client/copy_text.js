// The report's text to send on: one tap copies it. Without this page and text are the same, and the text is chosen by hand.
import { copyText } from "./clipboard.js";

const text = document.getElementById("text");
const button = document.getElementById("copy").content.firstElementChild;

async function copy() {
  try {
    await copyText(text.value);
    button.textContent = button.dataset.copied;
  } catch (error) {
    text.select(); // one touch less for the hand
  }
}

button.addEventListener("click", copy);
document.getElementById("send-ways").prepend(button);
