/** Notice when a page is hidden, loses the focus or changes its size. */

/** Watch for disturbances from now on, until `end()`. `whenHidden` resolves with undefined. */
export function watchDisturbances({ page = document, view = window } = {}) {
  const watch = { hidden: isHidden(page), blurred: !page.hasFocus(), resized: false };
  let tellHidden;
  watch.whenHidden = new Promise((resolve) => (tellHidden = resolve));
  const notice = {
    visibilitychange: () => {
      if (!isHidden(page)) return;
      watch.hidden = true;
      tellHidden();
    },
    blur: () => (watch.blurred = true),
    resize: () => (watch.resized = true),
  };
  page.addEventListener("visibilitychange", notice.visibilitychange);
  view.addEventListener("blur", notice.blur);
  view.addEventListener("resize", notice.resize);
  watch.end = () => {
    page.removeEventListener("visibilitychange", notice.visibilitychange);
    view.removeEventListener("blur", notice.blur);
    view.removeEventListener("resize", notice.resize);
  };
  if (watch.hidden) tellHidden();
  return watch;
}

export function isHidden(page) {
  return page.visibilityState === "hidden";
}

export function whenVisible(page = document) {
  if (!isHidden(page)) return Promise.resolve();
  return new Promise((resolve) => {
    const look = () => {
      if (isHidden(page)) return;
      page.removeEventListener("visibilitychange", look);
      resolve();
    };
    page.addEventListener("visibilitychange", look);
  });
}

/** Report what happens to the page between and during trials, each kind at most once a second. */
export function reportDisturbances(report, { page = document, view = window } = {}) {
  const last = new Map();
  const tell = (kind, detail = {}) => {
    const now = performance.now();
    if (now - (last.get(kind) ?? -Infinity) < 1000) return;
    last.set(kind, now);
    report(kind, detail);
  };
  page.addEventListener("visibilitychange", () => tell(isHidden(page) ? "hidden" : "visible"));
  page.addEventListener("fullscreenchange", () =>
    tell(page.fullscreenElement ? "fullscreen_on" : "fullscreen_off"),
  );
  view.addEventListener("blur", () => tell("blur"));
  view.addEventListener("resize", () =>
    tell("resize", { width_px: view.innerWidth, height_px: view.innerHeight }),
  );
  view.addEventListener("offline", () => tell("offline"));
  view.addEventListener("online", () => tell("online"));
}
