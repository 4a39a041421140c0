/** Every word the scripts say to participants, in one place. */
export const texts = {
  left: "Left person",
  right: "Right person",
  faceLeft: "Face, left",
  faceRight: "Face, right",
  chooseLeft: "Left",
  chooseRight: "Right",
  continue: "Continue",
  skip: "Skip this question",
  begin: "Begin",
  again: "Try again",
  cannotGoOn: "I cannot go on",
  fullscreen: "Use the full screen",
  wait: "One moment, the pictures are being prepared.",
  progress: (done, all) => `Pair ${done} of ${all}`,
  scaleKeys: (low, high, each) =>
    each ? `Or press the keys ${low} to ${high}: first for the left person, then for the right.`
      : `Or press one of the keys ${low} to ${high}.`,
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
    title: "That pair was interrupted",
    body: "This window was out of sight while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows.",
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
