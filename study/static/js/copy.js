/** Copy a code to the clipboard when its button is pressed; select it where that is not possible. */
import { texts } from "./texts.js";

for (const button of document.querySelectorAll("button[data-copies]")) {
  const code = document.getElementById(button.dataset.copies);
  const said = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      said.textContent = texts.copied;
    } catch {
      code.focus();
    }
  });
}
