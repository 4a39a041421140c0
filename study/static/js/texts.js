/** Every word the scripts say to participants, in one place. */
export const texts = {
  left: "Left person",
  right: "Right person",
  faces: { pair: "Face, left; face, right", single: "Face" },
  labelled: {
    pair: (left, right) => `Face, left, labelled “${left}”; face, right, labelled “${right}”`,
    single: (label) => `Face, labelled “${label}”`,
  },
  sides: { left: "Left", right: "Right", both: "Both", neither: "Neither" },
  origins: { ai: { real: "Real", ai: "AI" }, edited: { real: "Unedited", ai: "Edited" } },
  labels: { ai: { real: "Photograph", ai: "AI-generated" }, edited: { real: "Unedited", ai: "Edited" } },
  continue: "Continue",
  skip: "Skip this question",
  begin: "Begin",
  again: "Try again",
  fullscreen: "Use the full screen",
  wait: "One moment, the pictures are being prepared.",
  progress: {
    pair: (done, all) => `Pair ${done} of ${all}`,
    single: (done, all) => `Picture ${done} of ${all}`,
  },
  secondsLeft: (n) => (n === 1 ? "1 second left" : `${n} seconds left`),
  scaleKeys: (low, high, each) =>
    each ? `Or press the keys ${low} to ${high}: first for the left person, then for the right.`
      : `Or press one of the keys ${low} to ${high}.`,
  scaleKeysTen: (low, each) =>
    each ? `Or press the keys ${low} to 9, and 0 for 10: first for the left person, then for the right.`
      : `Or press one of the keys ${low} to 9, or 0 for 10.`,
  scaleKeysBeyond: (low, each) =>
    each ? `Or press the keys ${low} to 9, first for the left person, then for the right. Tab, the arrow keys and Enter reach every number.`
      : `Or press one of the keys ${low} to 9. Tab, the arrow keys and Enter reach every number.`,
  arrowKeys: "Or choose with Tab, the arrow keys and Enter.",
  originKeys: (first, second, each) =>
    each ? `Or press F or 1 for “${first}”, J or 2 for “${second}”: first for the left person, then for the right.`
      : `Or press F or 1 for “${first}”, J or 2 for “${second}”.`,
  sideKeysFour: "Or press ← or F for left, → or J for right, ↑ for both, ↓ for neither. You can also choose the face or the place where it was.",
  sideKeys: "Or press ← or F for left, → or J for right. You can also choose the face or the place where it was.",
  choicesHint: "Choose one or more.",
  choicesKeys: (n) => `Or press the keys 1 to ${n < 10 ? n : "9 and 0"}, then Enter.`,
  choicesNeeded: "Please choose at least one, then continue.",
  mayBeEmpty: "You may leave this empty.",
  textNeeded: "Please write something, then continue.",
  charactersLeft: (n) => `${n} characters left`,
  scaleValue: (value, label) => (label ? `${value}, ${label}` : `${value}`),
  welcomeBack: "Welcome back. Everything you answered is kept; you go on where you were.",
  interrupted: {
    pair: {
      title: "That pair was interrupted",
      body: "This window was out of sight while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows.",
    },
    single: {
      title: "That picture was interrupted",
      body: "This window was out of sight while the face was shown, so the picture does not count. Nothing is wrong; the next picture follows.",
    },
  },
  timedOut: {
    title: "The time to answer was over",
    body: "That is all right. What you answered in time is kept. Go on when you are ready.",
  },
  check: {
    both: (answer) => `Attention check: whatever you see, please choose ${answer} for both people.`,
    one: (answer) => `Attention check: whatever you see, please choose ${answer}.`,
  },
  checking: "One moment …",
  feedback: {
    right: "Correct",
    wrong: "Not correct",
    later: "Your answer is kept. Without a connection we cannot show whether it was correct.",
    ai: {
      title: "What you saw",
      truth: {
        ai: "This face was made by AI.",
        real: "This is a photograph of a real person.",
        ai_real: "The left face was made by AI. The right one is a photograph of a real person.",
        real_ai: "The right face was made by AI. The left one is a photograph of a real person.",
        ai_ai: "Both faces were made by AI.",
        real_real: "Both are photographs of real people.",
      },
    },
    edited: {
      title: "What you saw",
      truth: {
        ai: "This photograph was edited.",
        real: "This photograph was not edited.",
        ai_real: "The left photograph was edited, the right one was not.",
        real_ai: "The right photograph was edited, the left one was not.",
        ai_ai: "Both photographs were edited.",
        real_real: "Neither photograph was edited.",
      },
    },
  },
  line: {
    open: "Click or tap the line where your answer lies, or use the arrow keys.",
    answered: "Your answer is marked. You can still move it.",
    unanswered: "Not yet answered",
    value: (value, low, high) => `${value}, between “${low}” and “${high}”`,
  },
  state: {
    saved: "Saved",
    sending: "Saving …",
    waiting: "No connection: your answers are kept on this device and sent as soon as possible.",
    waitingMemory: "No connection. Please keep this page open until your answers are sent.",
    memory: "This browser cannot keep answers on the device: please do not close the page before the end.",
    gone: "",
  },
  ending: {
    title: "Sending your answers",
    body: (n, durable) =>
      `${n === 1 ? "One answer is" : `${n} answers are`} not yet sent. ` +
      (durable
        ? "They are kept on this device. Please keep this page open until they have arrived."
        : "Please do not close this page until they have arrived."),
    checking: "One moment, we make sure that everything has arrived.",
  },
  trouble: {
    pictures: {
      title: "The next pictures did not arrive",
      body: "Everything you answered so far is kept. Please check your connection and try again.",
    },
    plan: {
      title: "The task could not be loaded",
      body: "Everything you answered so far is kept. Please check your connection and try again.",
    },
    refused: {
      title: "Some answers could not be stored",
      body: "This is our fault, not yours. What you answered was sent along, and nothing of it is lost. Please tell the people who run this study.",
    },
    unexpected: {
      title: "Something went wrong on this page",
      body: "Everything you answered so far is kept. Please try again; you go on where you were.",
    },
    otherWindow: {
      title: "This study is open in another window",
      body: "Please go on there. If you have closed it, try again.",
    },
    gone: {
      title: "This session has ended",
      body: "It was ended in another window, or withdrawn. Nothing more is stored.",
    },
  },
  device: {
    measuring: "Measuring …",
    refresh: (hz) => `${hz} times a second`,
    decoding: (ms) => `${ms} ms`,
    window: (width, height) => `${width} × ${height} points`,
    evidence: { element_timing: "Yes", none: "No, which is fine" },
    fine: "Thank you. Your device is ready.",
    busy: "Thank you. Your device seems busy at the moment: if you can, close what else is open, then go on.",
    sending: "One moment …",
    trouble: "That could not be sent. Please check your connection and try again.",
  },
  copied: "Copied",
};

/** An answer as the participant reads it: the words on its button. */
export function answerWords({ kind }, value, stimulusKind) {
  if (kind === "origin") return texts.origins[stimulusKind][value];
  return kind === "side" ? texts.sides[value] : value;
}

/** What an attention check says in the place of its question. */
export function checkWords(question, value, stimulusKind) {
  const words = answerWords(question, value, stimulusKind);
  const answer = question.kind === "scale" ? words : `“${words}”`;
  return question.targets.length > 1 ? texts.check.both(answer) : texts.check.one(answer);
}
