// @ts-check
// The player of an exported page. It needs no network and no library, and shows what
// stands in the element #film, which ui/export/page.go writes. Without it the page is a
// list of sentences.
"use strict";

/**
 * @typedef {string[]} Runs style, text, style, text: see player.css
 * @typedef {{clock: string, nth?: number, way?: number[], frame: number, ms: number,
 *   hold?: number, badge?: string, said: number[], why: number, stop?: boolean,
 *   mark?: string, harm?: boolean}} Scene
 * @typedef {{step: number, frame: number, text: string, choices: string[],
 *   reveal: number, answers: number[][]}} Inquiry
 * @typedef {{rows: Runs[], pictures: number[][], frames: number[][], lines: Runs[],
 *   whys: {head: string, said: number[]}[], steps: Scene[], questions: Inquiry[]}} Film
 */

(() => {
  /** @type {Film} */
  const film = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("film")).textContent || "");
  const root = /** @type {HTMLElement} */ (document.getElementById("player"));
  const last = film.steps.length - 1;
  const onePress = 2900; // milliseconds, the longest way to the next teaching point
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  let step = 0;
  let playing = 0; // the step that it plays to, or 0
  let rush = 1; // how much faster on the way to a teaching point, so that it is short
  let timer = 0;
  let whyOpen = false;
  /** @type {Inquiry | null} */
  let open = null;
  /** @type {Map<Inquiry, number>} the choice for each question that was asked; -1 for none */
  const answered = new Map();

  /**
   * An element with a class and some content.
   * @param {string} tag @param {string} kind @param {...(Node | string)} inside
   * @returns {HTMLElement}
   */
  function make(tag, kind, ...inside) {
    const e = document.createElement(tag);
    if (kind) e.className = kind;
    e.append(...inside);
    return e;
  }

  /** @param {Element} into @param {Runs} runs */
  function fill(into, runs) {
    for (let i = 0; i < runs.length; i += 2) {
      into.append(runs[i] ? make("span", runs[i], runs[i + 1]) : runs[i + 1]);
    }
  }

  /** @param {number[]} said @returns {HTMLElement[]} a paragraph for each line */
  function paragraphs(said) {
    return said.map((n) => {
      const p = make("p", "");
      fill(p, film.lines[n]);
      return p;
    });
  }

  /** @param {Element} into @param {number} frame */
  function draw(into, frame) {
    film.frames[frame].forEach((picture, k) => {
      const key = String(picture);
      let lane = /** @type {HTMLElement | undefined} */ (into.children[k]);
      if (!lane) {
        lane = make("div", "lane", make("pre", ""));
        into.append(lane);
      }
      if (lane.dataset.picture === key) return;
      lane.dataset.picture = key;
      const pre = /** @type {Element} */ (lane.firstChild);
      pre.textContent = "";
      for (const n of film.pictures[picture]) {
        const row = make("span", "row");
        fill(row, film.rows[n]);
        row.classList.toggle("gap", /^\S\s*\S$/.test(row.textContent || ""));
        row.append("\n");
        pre.append(row);
      }
    });
  }

  /**
   * A button. Its key stands in its title, so that nobody has to guess it.
   * @param {string} text @param {string} about @param {() => void} does
   */
  function button(text, about, does) {
    const b = /** @type {HTMLButtonElement} */ (make("button", "", text));
    b.type = "button";
    b.title = about;
    b.onclick = does;
    return b;
  }

  // The parts of the player. The pictures are for the eye, and the sentences are for all.
  const lanes = make("div", "lanes");
  lanes.setAttribute("aria-hidden", "true");
  const clock = make("span", "");
  const badge = make("span", "badge");
  const said = make("div", "said");
  said.setAttribute("role", "status");
  const ask = make("fieldset", "ask");
  const why = make("section", "why");
  why.setAttribute("aria-label", "Why");
  const slider = /** @type {HTMLInputElement} */ (make("input", ""));
  slider.type = "range";
  slider.max = String(last);
  slider.setAttribute("aria-label", "Step of the story");
  slider.oninput = () => go(Number(slider.value));
  const time = make("div", "time", slider);
  const next = button("Next \u25b8", "enter: on to the next teaching point", forward);
  const run = button("Play", "space: play and pause", toggle);
  const back = button("\u2190 Step", "left arrow: one step back", () => go(step - 1));
  const on = button("Step \u2192", "right arrow: one step on", () => ahead(step + 1));
  const cause = button("Why?", "w: what led to this", toggleWhy);
  root.append(
    make("p", "when", clock, badge), lanes, said, ask, why,
    make("div", "bar", time, make("div", "keys", next, run, back, on, cause, button("Start", "home: the beginning", () => go(0)))),
  );
  film.steps.forEach((s, n) => {
    if (!s.mark) return;
    const b = button(s.mark, s.clock + (s.badge ? ", " + s.badge : ""), () => go(n));
    b.setAttribute("aria-label", `${s.mark} ${s.harm ? "harm" : "fault"} at ${b.title}`);
    b.classList.toggle("harm", Boolean(s.harm));
    b.style.left = (100 * n) / last + "%";
    b.tabIndex = -1; // the slider goes there as well
    time.append(b);
  });

  /** @param {number} n @returns {Inquiry | undefined} the question before the step after n */
  function due(n) {
    return film.questions.find((q) => q.step === n && !answered.has(q));
  }

  /** @param {number} from @returns {number} the next teaching point */
  function stopAfter(from) {
    const at = film.steps.findIndex((s, n) => n > from && s.stop);
    return at < 0 ? last : at;
  }

  /** @param {number} from @returns {number} the teaching point before */
  function stopBefore(from) {
    return Math.max(film.steps.findLastIndex((s, n) => n < from && Boolean(s.stop)), 0);
  }

  /** Shows what is seen and said now. @param {number} [frame] */
  function show(frame) {
    const s = film.steps[step];
    draw(lanes, frame ?? (open ? open.frame : s.frame));
    clock.textContent = `${s.clock} of ${film.steps[last].clock}, step ${step} of ${last}`;
    badge.textContent = s.badge || "";
    slider.value = String(step);
    const lines = paragraphs(s.said);
    for (const [q, choice] of answered) {
      if (choice >= 0 && q.reveal === step) lines.unshift(...paragraphs(q.answers[choice]));
    }
    slider.setAttribute("aria-valuetext", s.clock + ". " + (lines[0]?.textContent || ""));
    if (frame === undefined && said.dataset.step !== String(step)) {
      said.dataset.step = String(step);
      said.replaceChildren(...lines);
    }
    back.disabled = step === 0;
    next.disabled = on.disabled = run.disabled = step === last;
    run.textContent = playing ? "Pause" : "Play";
    cause.disabled = s.why < 0;
    showWhy();
    ask.hidden = !open;
  }

  function showWhy() {
    const n = film.steps[step].why;
    why.hidden = !whyOpen || n < 0;
    cause.setAttribute("aria-expanded", String(!why.hidden));
    if (!why.hidden) why.replaceChildren(make("h2", "", film.whys[n].head), ...paragraphs(film.whys[n].said));
  }

  function toggleWhy() {
    whyOpen = !whyOpen;
    show();
    if (whyOpen) why.scrollIntoView({ block: "nearest" });
  }

  /** Asks a question, and stands still for it. @param {Inquiry} q */
  function put(q) {
    halt();
    open = q;
    answered.set(q, -1);
    ask.replaceChildren(make("legend", "", q.text), ...q.choices.map((text, n) => {
      return button(`${n + 1}  ${text}`, `${n + 1}: this answer`, () => answer(n));
    }));
    show();
    ask.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} choice */
  function answer(choice) {
    if (!open || choice >= open.choices.length) return;
    answered.set(open, choice);
    const line = make("p", "", `You say "${open.choices[choice]}". Let us see: Next plays on.`);
    open = null;
    show();
    said.replaceChildren(line);
    said.dataset.step = "";
    next.focus();
  }

  function halt() {
    clearTimeout(timer);
    playing = 0;
  }

  /** Goes to a step at once. @param {number} n */
  function go(n) {
    halt();
    open = null;
    step = Math.min(Math.max(n, 0), last);
    show();
    note();
  }

  /** Takes a step forward, and asks on the way what is to be asked. @param {number} n */
  function ahead(n) {
    const q = open ? undefined : due(step);
    if (q && n > step) put(q);
    else go(n);
  }

  /** Plays on to the next teaching point. With less motion it is there at once. */
  function forward() {
    if (step < last) start(stopAfter(step));
  }

  function toggle() {
    if (playing) go(step);
    else if (step < last) start(last);
  }

  /** @param {number} until */
  function start(until) {
    const q = open ? undefined : due(step);
    open = null;
    if (q) return put(q);
    clearTimeout(timer);
    if (still.matches && until < last) return leap(until);
    playing = until;
    const ms = film.steps.slice(step + 1, until + 1).reduce((sum, s) => sum + s.ms, 0);
    rush = until === last ? 1 : Math.max(ms / onePress, 1);
    move(0);
  }

  /** Goes where a playing would end, and asks on the way. @param {number} until */
  function leap(until) {
    while (step < until) {
      if (++step < until && due(step)) return put(/** @type {Inquiry} */ (due(step)));
    }
    go(until);
  }

  /** One frame on the way to the next step. @param {number} n of those */
  function move(n) {
    const to = film.steps[step + 1];
    const way = still.matches ? [] : to.way || [];
    const ms = to.ms / rush / (way.length + 1);
    if (n < way.length) {
      show(way[n]);
      timer = setTimeout(move, ms, n + 1);
      return;
    }
    timer = setTimeout(arrive, ms);
  }

  function arrive() {
    step++;
    const until = playing;
    if (step >= until) return go(step);
    show();
    const q = due(step);
    if (q) return put(q);
    timer = setTimeout(move, film.steps[step].hold || 0, 0);
  }

  /** Writes the moment into the address, so that it can be given away. */
  function note() {
    const s = film.steps[step];
    try {
      history.replaceState(null, "", "#" + s.clock.replace(" ", "_") + (s.nth ? "/" + s.nth : ""));
    } catch {
      // a frame of another site may not
    }
  }

  /** @param {string} text such as 0:43, 1:02:00 or 8d_0:05:00 @returns {number} seconds */
  function seconds(text) {
    const [, days, rest] = /^(?:(\d+)d[_ ]?)?([\d:.]+)$/.exec(text) || [];
    if (!rest) return NaN;
    return rest.split(":").reduce((sum, part) => 60 * sum + Number(part), 0) + 86400 * Number(days || 0);
  }

  /** Opens the moment that the address names. */
  function visit() {
    const [at, nth] = decodeURIComponent(location.hash.slice(1)).split("/");
    const when = seconds(at);
    if (Number.isNaN(when)) return go(Number(root.dataset.step));
    const then = film.steps.filter((s) => seconds(s.clock) <= when);
    const exact = then.filter((s) => seconds(s.clock) === when);
    const scene = exact.find((s) => s.nth === Number(nth)) || exact.findLast((s) => s.stop) || then.pop();
    go(scene ? film.steps.indexOf(scene) : 0);
  }

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => go(step - 1), ArrowRight: () => ahead(step + 1),
    Enter: forward, PageDown: forward, " ": toggle,
    Backspace: () => go(stopBefore(step)), PageUp: () => go(stopBefore(step)),
    Home: () => go(0), End: () => go(last), w: toggleWhy,
    "[": () => go(Math.max(film.steps.findLastIndex((s, n) => n < step && Boolean(s.mark)), 0)),
    "]": () => go(Math.max(film.steps.findIndex((s, n) => n > step && Boolean(s.mark)), step)),
    1: () => answer(0), 2: () => answer(1), 3: () => answer(2),
    Escape: () => { whyOpen = false; show(); },
  };
  document.addEventListener("keydown", (e) => {
    const on = /** @type {Element} */ (e.target);
    const presses = e.key === "Enter" || e.key === " ";
    if (e.ctrlKey || e.altKey || e.metaKey || !keys[e.key] || (presses && on.closest("button, summary, a"))) return;
    e.preventDefault();
    keys[e.key]();
  });
  window.addEventListener("hashchange", visit);
  window.addEventListener("beforeprint", () => {
    const section = /** @type {HTMLElement} */ (document.getElementById("keys"));
    section.replaceChildren(...film.steps.filter((s) => s.stop).map((s) => {
      const picture = make("div", "lanes");
      draw(picture, s.frame);
      return make("article", "", make("h2", "", s.clock + (s.badge ? ", " + s.badge : "")), picture, ...paragraphs(s.said));
    }));
  });

  // The list stays for who prefers to read; its places in the address are the player's now.
  document.documentElement.classList.add("js");
  document.querySelectorAll("#list li").forEach((li) => li.removeAttribute("id"));
  /** @type {HTMLDetailsElement} */ (document.getElementById("list")).open = false;
  visit();
})();
