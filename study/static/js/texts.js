/**
 * Every word the scripts say to participants, in one place. The English stands here as it is in the calls;
 * the page carries it in its own language (language.js).
 */
import { _, ngettext } from "./language.js";

export const texts = {
  left: _("Left person"),
  right: _("Right person"),
  chooseLeft: _("Left"),
  chooseRight: _("Right"),
  continue: _("Continue"),
  skip: _("Skip this question"),
  begin: _("Begin"),
  again: _("Try again"),
  cannotGoOn: _("I cannot go on"),
  fullscreen: _("Use the full screen"),
  wait: _("One moment, the pictures are being prepared."),
  progress: (done, all) => _("Pair %(done)s of %(all)s", { done, all }),
  scaleKeys: (low, high, each) =>
    each ? _("Or press the keys %(low)s to %(high)s: first for the left person, then for the right.", { low, high })
      : _("Or press one of the keys %(low)s to %(high)s.", { low, high }),
  sideKeys: _("Or press ← or F for left, → or J for right. You can also choose the face or the place where it was."),
  choicesHint: _("Choose one or more."),
  choicesKeys: (n) =>
    n < 10 ? _("Or press the keys 1 to %(last)s, then Enter.", { last: n })
      : _("Or press the keys 1 to 9 and 0, then Enter."),
  choicesNeeded: _("Please choose at least one, then continue."),
  mayBeEmpty: _("You may leave this empty."),
  textNeeded: _("Please write something, then continue."),
  charactersLeft: (n) => ngettext("%(n)s character left", "%(n)s characters left", n),
  scaleValue: (value, label) => (label ? _("%(value)s, %(label)s", { value, label }) : `${value}`),
  welcomeBack: _("Welcome back. Everything you answered is kept; you go on where you were."),
  interrupted: {
    title: _("That pair was interrupted"),
    body: _("This window was out of sight while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows."),
  },
  state: {
    saved: _("Saved"),
    sending: _("Saving …"),
    waiting: _("No connection: your answers are kept on this device and sent as soon as possible."),
    waitingMemory: _("No connection. Please keep this page open until your answers are sent."),
    memory: _("This browser cannot keep answers on the device: please do not close the page before the end."),
    gone: "",
  },
  ending: {
    title: _("Sending your answers"),
    body: (n, durable) =>
      durable
        ? ngettext(
            "One answer is not yet sent. It is kept on this device. Please keep this page open until it has arrived.",
            "%(n)s answers are not yet sent. They are kept on this device. Please keep this page open until they have arrived.",
            n,
          )
        : ngettext(
            "One answer is not yet sent. Please do not close this page until it has arrived.",
            "%(n)s answers are not yet sent. Please do not close this page until they have arrived.",
            n,
          ),
    checking: _("One moment, we make sure that everything has arrived."),
  },
  trouble: {
    pictures: {
      title: _("The next pictures did not arrive"),
      body: _("Everything you answered so far is kept. Please check your connection and try again."),
    },
    plan: {
      title: _("The task could not be loaded"),
      body: _("Everything you answered so far is kept. Please check your connection and try again."),
    },
    refused: {
      title: _("Some answers could not be stored"),
      body: _("This is our fault, not yours. What you answered was sent along, and nothing of it is lost. Please tell the people who run this study."),
    },
    unexpected: {
      title: _("Something went wrong on this page"),
      body: _("Everything you answered so far is kept. Please try again; you go on where you were."),
    },
    otherWindow: {
      title: _("This study is open in another window"),
      body: _("Please go on there. If you have closed it, try again."),
    },
    gone: {
      title: _("This session has ended"),
      body: _("It was ended in another window, or withdrawn. Nothing more is stored."),
    },
  },
  device: {
    measuring: _("Measuring …"),
    refresh: (hz) => ngettext("%(n)s time a second", "%(n)s times a second", hz),
    decoding: (ms) => _("%(ms)s ms", { ms }),
    window: (width, height) =>
      _("%(width)s × %(height)s points", { width: `${width}`, height: `${height}` }),
    evidence: { element_timing: _("Yes"), none: _("No, which is fine") },
    fine: _("Thank you. Your device is ready."),
    busy: _("Thank you. Your device seems busy at the moment: if you can, close what else is open, then go on."),
    sending: _("One moment …"),
    trouble: _("That could not be sent. Please check your connection and try again."),
  },
  copied: _("Copied"),
};
