import assert from "node:assert/strict";
import { test } from "node:test";

import { leadFrames } from "../../study/static/js/curtain.js";
import { calibrate, noWitness } from "../../study/static/js/evidence.js";
import { FrameMeter } from "../../study/static/js/frames.js";
import { IsolatedWitness, nobody } from "../../study/static/js/isolated_witness.js";
import { plannedFrames, present } from "../../study/static/js/presentation.js";
import { Display, undisturbed } from "./display.mjs";

/** Warm up, see that the evidence works, and show once. `begin(display)` may arrange what happens then. */
async function show(display, { exposureMs, watch = undisturbed(), witness = display.witness(), clockRuns = true, begin = () => {}, ...more }) {
  const frames = new FrameMeter(display.nextFrame);
  const steadiness = display.steadiness({ runs: clockRuns });
  await display.run(frames.warmUp(60));
  if (witness !== noWitness) {
    await display.run(calibrate(witness, frames));
    await witness.prepare();
  }
  begin(display);
  const { curtain, painter, clock } = display;
  const presented = present({ frames, curtain, painter, clock, witness, steadiness, watch, exposureMs, ...more });
  return display.run(presented);
}

/** When the onset and the offset are due, counted from `begin` on. */
function edgesAfter(display, planned) {
  // The compositor takes up the animations at its next refresh.
  const onset = display.refreshAt + leadFrames(display.refreshMs()) * display.refreshMs();
  return { onset, offset: onset + planned * display.refreshMs() };
}

for (const hz of [30, 50, 60, 75, 120, 144, 240]) {
  for (const exposureMs of [1, 17, 33, 50, 100, 167, 500, 2000]) {
    test(`${exposureMs} ms at ${hz} Hz are shown for the nearest number of frames`, async () => {
      const display = new Display({ hz, jitterMs: 0.01 * (1000 / hz) });
      const record = await show(display, { exposureMs });
      // A tie, such as 50 ms at 50 Hz, goes to the longer time.
      const nearest = Math.max(1, Math.floor((exposureMs * hz) / 1000 + 0.5));
      assert.equal(record.planned_frames, nearest);
      assert.equal(display.shownFrames, nearest);
      assert.equal(record.shown_frames, nearest);
      assert.equal(record.evidence, "element_timing");
      assert.equal(record.edges_seen, 2);
      assert.ok(Math.abs(record.shown_ms - (nearest * 1000) / hz) < 1e-6);
    });
  }
}

test("whatever the exposure, the frames are the nearest and never none", async () => {
  for (let exposureMs = 5; exposureMs < 3000; exposureMs *= 1.37) {
    const display = new Display({ hz: 75, jitterMs: 0.2, seed: exposureMs });
    const record = await show(display, { exposureMs });
    assert.ok(display.shownFrames >= 1);
    assert.ok(display.shownFrames === 1 || Math.abs((display.shownFrames * 1000) / 75 - exposureMs) <= 0.51 * (1000 / 75));
    assert.equal(record.shown_frames, display.shownFrames);
  }
});

for (const lengthMs of [60, 120, 5000]) {
  test(`a page blocked for ${lengthMs} ms over both edges or one does not move them`, async () => {
    for (const beforeMs of [100, 60, 30, 10, -10, -40, -90, -120]) {
      const display = new Display({ hz: 60 });
      const begin = () => {
        const from = edgesAfter(display, 6).onset - beforeMs;
        display.busy.push([from, from + lengthMs]);
      };
      const record = await show(display, { exposureMs: 100, begin });
      assert.equal(display.shownFrames, 6, `from ${-beforeMs} ms`);
      assert.equal(record.shown_frames, 6, `from ${-beforeMs} ms`);
      assert.ok(["element_timing", "frame_clock"].includes(record.evidence));
    }
  });
}

for (const [edge, expected, evidence, edgesSeen] of [
  ["onset", 5, "element_timing", 1],
  ["offset", 7, "element_timing", 1],
]) {
  test(`a block between asking for the frame of the ${edge} and making it is never taken for a good exposure`, async () => {
    const display = new Display({ hz: 60 });
    const begin = () => {
      const due = edgesAfter(display, 6)[edge];
      display.busy.push([due - 0.25, due + 60]);
    };
    const record = await show(display, { exposureMs: 100, begin });
    assert.equal(display.shownFrames, expected);
    assert.deepEqual([record.evidence, record.shown_frames, record.edges_seen], [evidence, expected, edgesSeen]);
  });
}

test("a page that is slow with its frames is not asked for one", async () => {
  const display = new Display({ hz: 60, pageMs: 10 });
  const record = await show(display, { exposureMs: 100 });
  assert.deepEqual([record.evidence, record.edges_seen, record.shown_frames], ["frame_clock", 0, 6]);
});

test("a page that was blocked a moment ago is not asked for a frame", async () => {
  const display = new Display({ hz: 60 });
  const begin = () => {
    display.busy.push([display.time + 60, display.time + 120]);
    display.at(display.time + 121, display.blocked);
  };
  const record = await show(display, { exposureMs: 100, begin });
  assert.deepEqual([record.evidence, record.edges_seen, record.shown_frames], ["frame_clock", 0, 6]);
});

test("a page blocked from the beginning of the lead-in to the end vouches for nothing", async () => {
  const display = new Display({ hz: 60 });
  const begin = () => display.busy.push([display.refreshAt + 3, display.refreshAt + 1000]);
  const record = await show(display, { exposureMs: 100, begin });
  assert.equal(record.evidence, "none");
});

test("an edge the page could not look at is vouched for by the second clock", async () => {
  const display = new Display({ hz: 60 });
  const begin = () => {
    const { onset } = edgesAfter(display, 6);
    display.busy.push([onset - 20, onset + 30]);
  };
  const record = await show(display, { exposureMs: 100, begin });
  assert.deepEqual([record.evidence, record.edges_seen, record.shown_frames], ["frame_clock", 1, 6]);
});

for (const [what, clockLateMs] of [["came late", () => 9], ["missed a frame", (n) => (n % 8 === 0 ? null : 0.5)]]) {
  test(`an edge that nobody saw is not vouched for by a second clock that ${what}`, async () => {
    const display = new Display({ hz: 60, clockLateMs });
    const begin = () => {
      const { onset } = edgesAfter(display, 6);
      display.busy.push([onset - 15, onset + 400]);
    };
    const record = await show(display, { exposureMs: 100, begin });
    assert.deepEqual([record.evidence, record.shown_frames, record.shown_ms], ["none", null, null]);
    assert.equal(display.shownFrames, 6);
  });
}

for (const [when, late, evidence] of [
  ["in the lead-in", ({ onset }) => onset - 60, "frame_clock"],
  ["between the edges", ({ onset, offset }) => (onset + offset) / 2, "frame_clock"],
  ["at the onset", ({ onset }) => onset, "none"],
  ["in the frame after the onset", ({ onset }) => onset + 1000 / 60, "none"],
  ["at the offset", ({ offset }) => offset, "none"],
  ["in the frame after the offset", ({ offset }) => offset + 1000 / 60, "none"],
]) {
  test(`a second clock that is late ${when} ${evidence === "none" ? "vouches for nothing" : "vouches for edges on time"}`, async () => {
    const display = new Display({ hz: 60, pageMs: 10 });
    const begin = () => {
      const at = late(edgesAfter(display, 30));
      display.clockLateMs = () => (Math.abs(display.time - at) < 1 ? 4 : 0.5);
    };
    const record = await show(display, { exposureMs: 500, begin });
    assert.deepEqual([record.evidence, record.edges_seen, record.clock_late_ms > 3], [evidence, 0, evidence === "none"]);
  });
}

for (const [edge, expected] of [["onset", 5], ["offset", 7]]) {
  test(`a compositor late with the ${edge} is on the record, although every callback was in time`, async () => {
    const display = new Display({ hz: 60 });
    const begin = () => {
      const due = edgesAfter(display, 6)[edge];
      display.stalled = () => Math.abs(display.time - due) < 1;
    };
    const record = await show(display, { exposureMs: 100, begin });
    assert.equal(display.shownFrames, expected);
    assert.equal(record.shown_frames, expected);
    assert.equal(record.planned_frames, 6);
    assert.equal(record.evidence, "element_timing");
  });
}

test("one edge seen late counts, even where the other was not seen", async () => {
  const display = new Display({ hz: 60 });
  const begin = () => {
    const { onset, offset } = edgesAfter(display, 30);
    display.stalled = () => Math.abs(display.time - onset) < 1;
    display.busy.push([offset - 20, offset + 40]);
  };
  const record = await show(display, { exposureMs: 500, begin });
  assert.deepEqual([record.evidence, record.edges_seen, record.shown_frames], ["frame_clock", 1, 29]);
});

test("a lead-in in which the display faltered is begun anew, unseen", async () => {
  const display = new Display({ hz: 60 });
  const begin = () => {
    const faltering = display.time + 40;
    display.clockLateMs = () => (Math.abs(display.time - faltering) < 20 ? null : 0.5);
  };
  const record = await show(display, { exposureMs: 100, begin });
  assert.equal(record.lead_restarts, 1);
  assert.equal(display.shownFrames, 6);
  assert.deepEqual(display.screen.map(({ what }) => what), ["cover", "faces", "after"]);
});

test("a display that never keeps its time is shown on all the same", async () => {
  const display = new Display({ hz: 60, clockLateMs: () => 12 });
  const record = await show(display, { exposureMs: 100 });
  assert.equal(record.lead_restarts, 3);
  assert.equal(record.shown_frames, 6);
});

for (const busyMs of [0, 10]) {
  test(`a witness in a process of its own sees both edges of a page that is ${busyMs ? "slow" : "quick"}, which is asked for nothing`, async () => {
    const display = new Display({ hz: 60, pageMs: 0.2 + busyMs });
    const isolated = display.isolated();
    const begin = () => (display.nextFrame = () => assert.fail("the page was asked for a frame"));
    const record = await show(display, { exposureMs: 100, isolated, begin });
    assert.deepEqual([record.evidence, record.edges_seen, record.shown_frames], ["element_timing", 2, 6]);
    assert.equal(isolated.watching, false);
  });
}

for (const [edge, expected] of [["onset", 5], ["offset", 7]]) {
  test(`a witness in a process of its own sees that the display was late with the ${edge} of a blocked page`, async () => {
    const display = new Display({ hz: 60 });
    const begin = () => {
      const { [edge]: due, onset } = edgesAfter(display, 6);
      display.stalled = () => Math.abs(display.time - due) < 1;
      display.busy.push([onset - 20, onset + 300]);
    };
    const record = await show(display, { exposureMs: 100, isolated: display.isolated(), begin });
    assert.equal(display.shownFrames, expected);
    assert.deepEqual([record.evidence, record.shown_frames, record.edges_seen], ["element_timing", expected, 2]);
    assert.ok(Math.abs(record.shown_ms - (expected * 1000) / 60) < 1);
  });
}

for (const [clock, clockLateMs, evidence, frames] of [["had", () => 0.5, "none", null], ["had not", (n, late) => late, "element_timing", 5]]) {
  test(`a witness that was not given the frame of the onset claims ${frames ? "that it was late" : "nothing"} where the second clock ${clock} it`, async () => {
    const display = new Display({ hz: 60 });
    let due = Infinity;
    const atOnset = (time) => Math.abs(time - due) < 1;
    const isolated = display.isolated({ starved: atOnset });
    const begin = () => {
      due = edgesAfter(display, 6).onset;
      display.clockLateMs = (n) => clockLateMs(n, atOnset(display.time) ? null : 0.5);
      display.stalled = () => frames !== null && atOnset(display.time);
    };
    const record = await show(display, { exposureMs: 100, isolated, begin });
    assert.deepEqual([record.evidence, record.shown_frames], [evidence, frames]);
  });
}

test("a witness that does not answer is not asked again", async () => {
  const display = new Display({ hz: 60 });
  const isolated = new IsolatedWitness({ ask: async () => null, originMs: 0 });
  const first = await show(display, { exposureMs: 100, isolated });
  assert.equal(first.evidence, "none");
  isolated.watch({ onsetFrame: 0, offsetFrame: 100, intervalMs: 16 });
  assert.equal(isolated.watching, false);
});

test("with no limit the page looks itself", async () => {
  const display = new Display({ hz: 60 });
  const isolated = { ...nobody, watch: () => assert.fail("asked") };
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  const record = await show(display, { exposureMs: null, answered, uncovered: () => display.at(display.time + 500, answer), isolated });
  assert.equal(record.evidence, "element_timing");
});

test("a display that changes its rate is recorded as it was", async () => {
  // A variable refresh: 120 Hz while measuring, 60 Hz from the exposure on.
  const display = new Display({ hz: 120 });
  const begin = () => (display.refreshMs = () => 1000 / 60);
  const record = await show(display, { exposureMs: 100, begin });
  assert.equal(record.planned_frames, 12);
  assert.ok(Math.abs(record.shown_ms - 100) < 17);
});

for (const busyMs of [0, 10]) {
  test(`a page that missed every other frame while it measured proves nothing${busyMs ? ", looking or not" : ""}`, async () => {
    const display = new Display({ hz: 60, pageMs: 0.2 + busyMs, dropped: (n) => n % 2 === 0 });
    const begin = () => (display.dropped = () => false);
    const record = await show(display, { exposureMs: 50, begin });
    assert.ok(Math.abs(record.frame_interval_ms - 1000 / 30) < 0.1);
    assert.deepEqual([record.evidence, record.shown_frames], ["none", null]);
  });
}

test("in a browser that gives no evidence the same is shown, and nothing claimed", async () => {
  const display = new Display({ hz: 60 });
  const record = await show(display, { exposureMs: 100, witness: noWitness, clockRuns: false });
  assert.equal(display.shownFrames, 6);
  assert.deepEqual([record.evidence, record.shown_ms, record.shown_frames], ["none", null, null]);
  assert.ok(Math.abs(record.callback_ms - 100) < 0.5);
});

for (const silent of ["onset", "offset"]) {
  test(`where the browser keeps the report of the ${silent} to itself nothing is claimed`, async () => {
    const record = await show(new Display({ silent: (probe) => probe.startsWith(silent) }), { exposureMs: 100 });
    assert.deepEqual([record.evidence, record.edges_seen, record.shown_ms], ["none", 1, null]);
  });
}

test("without a limit the pair stays until it is answered", async () => {
  const display = new Display({ hz: 60 });
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  const uncovered = () => display.at(display.time + 2000, answer);
  const record = await show(display, { exposureMs: null, answered, uncovered });
  assert.equal(record.planned_frames, null);
  assert.equal(record.evidence, "element_timing");
  assert.equal(record.shown_frames, display.shownFrames);
  assert.ok(record.shown_ms > 2000 && record.shown_ms < 2100, `${record.shown_ms}`);
});

for (const [when, aheadMs, expected] of [
  ["during the exposure", 60, ["cover", "faces", "cover"]],
  ["before it", -20, ["cover"]],
]) {
  test(`a page that becomes hidden ${when} is covered at once`, async () => {
    const display = new Display({ hz: 60 });
    const watch = undisturbed();
    let hide;
    watch.whenHidden = new Promise((resolve) => (hide = resolve));
    const begin = () => {
      const hideNow = () => {
        watch.hidden = true;
        hide();
      };
      display.at(edgesAfter(display, 30).onset + aheadMs, hideNow);
    };
    const record = await show(display, { exposureMs: 500, watch, begin });
    assert.deepEqual(display.screen.map(({ what }) => what), expected);
    assert.equal(record.hidden, true);
    assert.equal(record.evidence, "none");
    assert.equal(record.shown_ms, null);
  });
}

test("loss of focus and a new size are on the record", async () => {
  const watch = { ...undisturbed(), blurred: true, resized: true };
  const record = await show(new Display({ hz: 60 }), { exposureMs: 100, watch });
  assert.deepEqual([record.hidden, record.blurred, record.resized], [false, true, true]);
});

test("a tie is decided alike whatever the noise of the measured interval", () => {
  assert.equal(plannedFrames(50, 20.003), 3);
  assert.equal(plannedFrames(50, 19.997), 3);
});
