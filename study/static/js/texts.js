/**
 * Every word the scripts say to participants, in one place. The English stands here as it is in the calls;
 * the page carries it in its own language (language.js).
 */
import { _, ngettext } from "./language.js";

export const texts = {
  left: _("Left person"),
  right: _("Right person"),
  faces: { pair: _("Face, left; face, right"), single: _("Face") },
  labelled: {
    pair: (left, right) => _("Face, left, labelled “%(left)s”; face, right, labelled “%(right)s”", { left, right }),
    single: (label) => _("Face, labelled “%(label)s”", { label }),
  },
  sides: { left: _("Left"), right: _("Right"), both: _("Both"), neither: _("Neither") },
  origins: { ai: { real: _("Real"), ai: _("AI") }, edited: { real: _("Unedited"), ai: _("Edited") } },
  labels: { ai: { real: _("Photograph"), ai: _("AI-generated") }, edited: { real: _("Unedited"), ai: _("Edited") } },
  continue: _("Continue"),
  skip: _("Skip this question"),
  begin: _("Begin"),
  again: _("Try again"),
  cannotGoOn: _("I cannot go on"),
  fullscreen: _("Use the full screen"),
  fullscreenAgain: {
    title: _("Please fill the screen"),
    body: _("The pictures are shown on the whole screen, so that nothing else is beside them. The key Esc leaves it at any time."),
  },
  wait: _("One moment, the pictures are being prepared."),
  progress: {
    pair: (done, all) => _("Pair %(done)s of %(all)s", { done, all }),
    single: (done, all) => _("Picture %(done)s of %(all)s", { done, all }),
  },
  secondsLeft: (n) => ngettext("%(n)s second left", "%(n)s seconds left", n),
  scaleKeys: (low, high, each) =>
    each ? _("Or press the keys %(low)s to %(high)s: first for the left person, then for the right.", { low, high })
      : _("Or press one of the keys %(low)s to %(high)s.", { low, high }),
  scaleKeysTen: (low, each) =>
    each ? _("Or press the keys %(low)s to 9, and 0 for 10: first for the left person, then for the right.", { low })
      : _("Or press one of the keys %(low)s to 9, or 0 for 10.", { low }),
  scaleKeysBeyond: (low, each) =>
    each ? _("Or press the keys %(low)s to 9, first for the left person, then for the right. Tab, the arrow keys and Enter reach every number.", { low })
      : _("Or press one of the keys %(low)s to 9. Tab, the arrow keys and Enter reach every number.", { low }),
  arrowKeys: _("Or choose with Tab, the arrow keys and Enter."),
  originKeys: (first, second, each) =>
    each ? _("Or press F or 1 for “%(first)s”, J or 2 for “%(second)s”: first for the left person, then for the right.", { first, second })
      : _("Or press F or 1 for “%(first)s”, J or 2 for “%(second)s”.", { first, second }),
  sideKeysFour: _("Or press ← or F for left, → or J for right, ↑ for both, ↓ for neither. You can also choose the face or the place where it was."),
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
  welcomeBackAgain: _("Welcome back. Everything you answered is kept. You were away for a while, so this part of the study begins again with what you have not seen yet."),
  interrupted: {
    pair: {
      hidden: {
        title: _("That pair was interrupted"),
        body: _("This window was out of sight while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows."),
      },
      moved: {
        title: _("That pair was interrupted"),
        body: _("This window changed its size while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows."),
      },
      slept: {
        title: _("That pair was interrupted"),
        body: _("This device paused while the faces were shown, so the pair does not count. Nothing is wrong; the next pair follows."),
      },
    },
    single: {
      hidden: {
        title: _("That picture was interrupted"),
        body: _("This window was out of sight while the face was shown, so the picture does not count. Nothing is wrong; the next picture follows."),
      },
      moved: {
        title: _("That picture was interrupted"),
        body: _("This window changed its size while the face was shown, so the picture does not count. Nothing is wrong; the next picture follows."),
      },
      slept: {
        title: _("That picture was interrupted"),
        body: _("This device paused while the face was shown, so the picture does not count. Nothing is wrong; the next picture follows."),
      },
    },
  },
  timedOut: {
    title: _("The time to answer was over"),
    body: _("That is all right. What you answered in time is kept. Go on when you are ready."),
  },
  check: {
    both: (answer) => _("Attention check: whatever you see, please choose %(answer)s for both people.", { answer }),
    one: (answer) => _("Attention check: whatever you see, please choose %(answer)s.", { answer }),
  },
  quoted: (words) => _("“%(words)s”", { words }),
  checking: _("One moment …"),
  feedback: {
    right: _("Correct"),
    wrong: _("Not correct"),
    later: _("Your answer is kept. Without a connection we cannot show whether it was correct."),
    ai: {
      title: _("What you saw"),
      truth: {
        ai: _("This face was made by AI."),
        real: _("This is a photograph of a real person."),
        ai_real: _("The left face was made by AI. The right one is a photograph of a real person."),
        real_ai: _("The right face was made by AI. The left one is a photograph of a real person."),
        ai_ai: _("Both faces were made by AI."),
        real_real: _("Both are photographs of real people."),
      },
    },
    edited: {
      title: _("What you saw"),
      truth: {
        ai: _("This photograph was edited."),
        real: _("This photograph was not edited."),
        ai_real: _("The left photograph was edited, the right one was not."),
        real_ai: _("The right photograph was edited, the left one was not."),
        ai_ai: _("Both photographs were edited."),
        real_real: _("Neither photograph was edited."),
      },
    },
  },
  line: {
    open: _("Click or tap the line where your answer lies, or use the arrow keys."),
    answered: _("Your answer is marked. You can still move it."),
    unanswered: _("Not yet answered"),
    value: (value, low, high) => _("%(value)s, between “%(low)s” and “%(high)s”", { value, low, high }),
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
  form: { waiting: _("No connection. What you entered is kept here and is sent again by itself.") },
  trouble: {
    pictures: {
      title: _("The next pictures did not arrive"),
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
      body: _("Please go on there. When you close it, you go on here."),
    },
    unreachable: {
      title: _("No connection at the moment"),
      body: _("Everything you answered so far is kept. This page tries again by itself and then goes on."),
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
    flashes: (exact, all) => _("%(exact)s of %(all)s exact", { exact, all }),
    noFlashes: _("Not known, which is fine"),
    fine: _("Thank you. Your device is ready."),
    busy: _("Thank you. Your device seems busy at the moment: if you can, close what else is open, then go on."),
    sending: _("One moment …"),
    trouble: _("That could not be sent. Please check your connection and try again."),
  },
  copied: _("Copied"),
};

/** An answer as the participant reads it: the words on its button. */
export function answerWords({ kind }, value, stimulusKind) {
  if (kind === "origin") return texts.origins[stimulusKind][value];
  return kind === "side" ? texts.sides[value] : value;
}

/** What an attention check says in the place of its question. */
export function checkWords(question, value, stimulusKind) {
  const words = answerWords(question, value, stimulusKind);
  const answer = question.kind === "scale" ? words : texts.quoted(words);
  return question.targets.length > 1 ? texts.check.both(answer) : texts.check.one(answer);
}
