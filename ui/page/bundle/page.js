// @ts-check
// The glue between a browser and dejavu, which runs as wasm: what comes from here is handed
// to it as an event, and what it answers is done. See ui/page/page.go for both.
"use strict";

/**
 * @typedef {{y: number, html: string}} Row
 * @typedef {{key: string, does: string, full?: string}} Button
 * @typedef {{rows?: Row[], height: number, theme: string, title: string, aloud?: string[],
 *   buttons?: Button[], address?: string, push?: boolean, wakes?: {after: number, tick: number}[],
 *   copy?: string, save?: {name: string, text: string}, keep?: string, dragged?: boolean, broken?: string}} Effects
 */

/** @param {string} id @returns {HTMLElement} */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const frame = part("frame"), cells = part("cells"), loading = part("loading");
const packed = document.getElementById("program"); // null in a folder
const here = location.href.split("#")[0];
const progress = "dejavu.progress"; // in the browser's storage

/** Hands an event to the program, and does what it answers. @param {object} event @returns {Effects} */
function send(event) {
	/** @type {Effects} */
	const effects = JSON.parse(/** @type {any} */ (globalThis).dejavu(JSON.stringify(event)));
	if (effects.broken) {
		loading.textContent = effects.broken;
		cells.textContent = "";
		return effects;
	}
	if (effects.height) draw(effects);
	for (const wake of effects.wakes || []) after(wake.after, () => send({ tick: wake.tick }));
	if (effects.buttons) press(effects.buttons);
	if (effects.aloud) part("aloud").replaceChildren(...effects.aloud.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
	if (effects.address !== undefined) go(effects.address, effects.push === true);
	if (effects.keep !== undefined) keep(effects.keep);
	if (effects.save) save(effects.save.name, effects.save.text);
	if (effects.copy) copy(effects.copy);
	if (!("where" in event)) {
		clearTimeout(settled);
		settled = setTimeout(() => send({ where: true }), 150); // to write an address takes longer than to draw
	}
	return effects;
}

let settled = 0;

/** Draws the lines that have changed. @param {Effects} effects */
function draw(effects) {
	while (cells.childElementCount > effects.height) /** @type {Element} */ (cells.lastElementChild).remove();
	while (cells.childElementCount < effects.height) cells.append(document.createElement("div"));
	for (const row of effects.rows || []) cells.children[row.y].innerHTML = row.html;
	document.documentElement.dataset.theme = effects.theme;
	document.title = effects.title;
}

const soon = new MessageChannel(); // a timeout would take 4 ms
/** @type {(() => void)[]} */
const waiting = [];
soon.port1.onmessage = () => waiting.shift()?.();

/** Does something after some milliseconds. @param {number} ms @param {() => void} does */
function after(ms, does) {
	if (ms > 1) {
		setTimeout(does, ms);
		return;
	}
	waiting.push(does);
	soon.port2.postMessage(0);
}

/** Shows buttons; those that stay keep the focus. @param {Button[]} buttons */
function press(buttons) {
	const nav = part("actions"), old = /** @type {HTMLButtonElement[]} */ ([...nav.children]);
	nav.replaceChildren(...buttons.map(({ key, does, full }) => {
		const button = old.find((b) => b.dataset.key === key) || Object.assign(document.createElement("button"), { type: "button" });
		button.dataset.key = key;
		button.textContent = does;
		if (full) button.setAttribute("aria-label", full);
		else button.removeAttribute("aria-label");
		return button;
	}));
}

/** Says in the address bar where this is. @param {string} address @param {boolean} push */
function go(address, push) {
	try {
		history[push ? "pushState" : "replaceState"](null, "", "#" + address);
	} catch { /* some frames may not */ }
}

/** @param {string} text */
function keep(text) {
	try {
		if (text) localStorage.setItem(progress, text);
		else localStorage.removeItem(progress);
	} catch { /* some browsers keep nothing */ }
	part("forget").hidden = !text;
}

/** @returns {string} */
function kept() {
	try {
		return localStorage.getItem(progress) || "";
	} catch {
		return "";
	}
}

/** Has the browser save a file. @param {string} name @param {string} text */
function save(name, text) {
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([text], { type: "text/yaml" }));
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
	send({ notice: "Saved: " + name });
}

/** @param {string} link */
async function copy(link) {
	try {
		await navigator.clipboard.writeText(link);
	} catch {
		send({ notice: "The browser did not let the link be copied: it stands in the address bar." });
	}
}

/** What the keys that write nothing are called. @type {Record<string, string>} */
const names = {
	Enter: "enter", Backspace: "backspace", Escape: "esc", Tab: "tab", Home: "home", End: "end", PageUp: "pgup",
	PageDown: "pgdown", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
};
let leaving = false; // Esc was the key before

document.addEventListener("keydown", (e) => {
	const on = /** @type {Element} */ (e.target), elsewhere = on.closest("nav") !== null;
	const name = names[e.key] || ([...e.key].length === 1 ? e.key : "");
	const left = leaving;
	leaving = e.key === "Escape";
	if (!name || e.ctrlKey && !e.altKey || e.metaKey || e.altKey && !e.ctrlKey || e.isComposing) return; // the browser's
	if (name === "tab" && (left || e.shiftKey || elsewhere)) return;
	if (elsewhere && (name === "enter" || name === " ")) return; // presses it
	e.preventDefault();
	send({ key: name });
});

part("actions").addEventListener("click", (e) => {
	const key = /** @type {HTMLElement} */ (e.target).dataset.key;
	if (!key) return;
	send({ key });
	if (e.detail > 0) frame.focus({ preventScroll: true }); // pressed by a hand
});

/** The cell under a pointer. @param {MouseEvent} e @returns {[number, number]} */
function cell(e) {
	const box = cells.getBoundingClientRect(), size = measure();
	return [Math.floor((e.clientX - box.left) / size.width), Math.floor((e.clientY - box.top) / size.height)];
}

let dragging = false;
frame.addEventListener("pointerdown", (e) => {
	if (e.button !== 0) return;
	dragging = send({ drag: cell(e) }).dragged === true;
	if (dragging) frame.setPointerCapture(e.pointerId);
});
frame.addEventListener("mousedown", (e) => {
	if (dragging) e.preventDefault(); // selects nothing
});
frame.addEventListener("pointermove", (e) => {
	if (dragging) send({ drag: cell(e) });
});
for (const end of ["pointerup", "pointercancel"]) frame.addEventListener(end, () => { dragging = false; });
frame.addEventListener("click", (e) => {
	frame.focus({ preventScroll: true });
	if (String(getSelection())) return; // somebody reads
	send({ tap: cell(e) });
});

let rolled = 0, touched = 0;
/** Moves in a list or a text by as many lines as pixels. @param {number} pixels */
function roll(pixels) {
	if (!part("actions").querySelector("[data-key=up]")) return;
	const height = measure().height;
	for (rolled += pixels; Math.abs(rolled) >= height; rolled -= Math.sign(rolled) * height) send({ key: rolled > 0 ? "down" : "up" });
}
frame.addEventListener("wheel", (e) => { if (!e.ctrlKey) roll(e.deltaMode ? e.deltaY * 16 : e.deltaY / 3); }, { passive: true });
frame.addEventListener("touchstart", (e) => { touched = e.touches[0].clientY; }, { passive: true });
frame.addEventListener("touchmove", (e) => {
	roll(touched - e.touches[0].clientY);
	touched = e.touches[0].clientY;
}, { passive: true });

/** How large a cell is. @returns {{width: number, height: number}} */
function measure() {
	const probe = document.createElement("div");
	probe.textContent = "M".repeat(100);
	probe.style.cssText = "position: absolute; visibility: hidden";
	cells.append(probe);
	const box = probe.getBoundingClientRect();
	probe.remove();
	return { width: box.width / 100, height: box.height };
}

/** How many cells there is room for. @returns {[number, number]} */
function size() {
	const one = measure();
	return [Math.max(1, Math.floor(frame.clientWidth / one.width)), Math.max(1, Math.floor(frame.clientHeight / one.height))];
}

/** The bytes of Ascii85, five letters for four of them, with v in place of <. @param {string} text */
function unpacked(text) {
	const bytes = new Uint8Array(Math.floor(text.length * 4 / 5));
	for (let i = 0, at = 0; at < bytes.length;) {
		let group = 0;
		for (const end = i + 5; i < end; i++) {
			const code = i < text.length ? text.charCodeAt(i) : 117; // what is cut off counts as u
			group = group * 85 + (code === 118 ? 27 : code - 33);
		}
		for (let shift = 24; shift >= 0 && at < bytes.length; shift -= 8) bytes[at++] = group >>> shift & 255;
	}
	return bytes;
}

/** The program, as it stands in this page or beside it. @returns {Promise<Response>} */
async function program() {
	const wasm = { headers: { "Content-Type": "application/wasm" } };
	if (!packed) {
		const response = await fetch("dejavu.wasm");
		// What the host calls by its name is compiled once, and kept by the browser.
		return response.headers.get("Content-Type") === "application/wasm" ? response : new Response(response.body, wasm);
	}
	const bytes = unpacked(/** @type {string} */ (packed.textContent));
	packed.remove();
	return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")), wasm);
}

async function start() {
	const wasm = new (/** @type {any} */ (globalThis).Go)();
	const { instance } = await WebAssembly.instantiateStreaming(program(), wasm.importObject);
	wasm.run(instance).then(() => { loading.textContent = "dejavu has ended. Reload the page."; });
	const light = matchMedia("(prefers-color-scheme: light)");
	loading.textContent = "";
	send({
		begin: {
			source: JSON.parse(/** @type {string} */ (part("source").textContent)), here, address: decodeURIComponent(location.hash.slice(1)),
			kept: kept(), light: light.matches, reduced: matchMedia("(prefers-reduced-motion: reduce)").matches, size: size(),
		},
	});
	performance.mark("first frame");
	part("forget").hidden = !kept();
	new ResizeObserver(() => send({ size: size() })).observe(frame);
	light.addEventListener("change", () => send({ light: light.matches }));
	addEventListener("popstate", () => send({ address: decodeURIComponent(location.hash.slice(1)) }));
	addEventListener("storage", (e) => { if (e.key === progress) send({ kept: e.newValue || "" }); });
	part("theme").addEventListener("click", () => send({ recolor: true }));
	part("forget").addEventListener("click", () => send({ forget: true }));
	part("copy").addEventListener("click", () => send({ key: "s" }));
	if (window.top === window) frame.focus();
}

start().catch((err) => {
	loading.textContent = location.protocol === "file:" && !packed
		? "This folder is for a web server: a browser reads no second file from disk. For one file that opens from disk: dejavu page -o dejavu.html"
		: "This browser cannot run dejavu: " + err + ". It needs WebAssembly and DecompressionStream: Chrome 80, Firefox 113, Safari 16.4, or newer.";
});
