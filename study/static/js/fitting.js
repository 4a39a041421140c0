/** How large the faces are in this window, and which picture files serve for that. */
import { fitPictures } from "./painter.js";
import { changeFiles } from "./picture_files.js";

const OTHER_FILES_MS = 2000;

export const sizeOfWindow = () => `${innerWidth} ${innerHeight} ${devicePixelRatio}`;

const view = () => ({
  viewportWidth: document.documentElement.clientWidth,
  viewportHeight: innerHeight,
  pixelRatio: devicePixelRatio,
});

/** How wide the pictures will be, in device pixels, as far as it can be told before the plan is there. */
export function expectedWidth(page) {
  const [width_px, height_px] = page.dataset.picture.split(" ").map(Number);
  return fitPictures({ ...view(), picture: { width_px, height_px } }).width * devicePixelRatio;
}

/** Fit the pictures to the window; returns their size in device pixels. */
export function fit(page, painter, plan) {
  const layout = fitPictures({ ...view(), picture: plan.picture, labels: hasLabels(plan) });
  painter.resize(layout);
  const stage = page.querySelector("#stage");
  stage.style.setProperty("--faces-width", `${2 * layout.width + layout.gap}px`);
  stage.style.setProperty("--faces-gap", `${layout.gap}px`);
  stage.toggleAttribute("data-stacked", layout.stacked);
  stage.toggleAttribute("data-beside", layout.beside);
  painter.fittedTo = sizeOfWindow();
  return { width: painter.width, height: painter.height };
}

/**
 * The window has another size: pictures of another size are needed, and perhaps other files.
 *
 * ask(width): the plan with the files for pictures so wide.
 */
export async function refit(page, plan, { painter, pictures, wait }, ask) {
  const size = fit(page, painter, plan);
  await changeFiles(plan, size.width, { ask, limit: wait(OTHER_FILES_MS) });
  pictures.resize(size);
}

// Words stand below the faces in labelled cells, and after the answer where there is feedback.
const hasLabels = (plan) => Boolean(plan.labelled) || Object.values(plan.blocks).some((block) => block.feedback);
