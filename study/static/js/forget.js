/** After the end or a withdrawal: nothing of the study stays in this browser's store. */
import { forgetStore } from "./store.js";

forgetStore(document.querySelector("main").dataset.study);
