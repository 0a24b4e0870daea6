// Drives the page in headless Chromium: see .ci/page, which calls this.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

const { MODULES, CHROMIUM, BUILT, DEJAVU_SHOTS } = process.env;
const require = createRequire(join(MODULES, "/"));
const { chromium } = require("playwright-core");
const { Terminal } = require("@xterm/headless");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const file = "file://" + join(BUILT, "dejavu.html");
const quiet = 350; // longer than keys are dropped after a stop
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
let failures = 0;

/** Says whether something holds. */
function check(holds, what, more = "") {
	if (holds) return;
	failures++;
	console.log(`FAILED: ${what}\n${more}`);
}

/** Waits until something holds, for as long as only a page that hangs would take. */
async function until(holds, what, seen = () => "") {
	for (const end = Date.now() + 20_000; Date.now() < end; await wait(15)) if (await holds()) return;
	check(false, what, await seen());
}

const trimmed = (lines) => lines.map((l) => l.trimEnd()).join("\n").trimEnd();

/** The program on a terminal of a size: what it shows is read from an emulator. */
function onTerminal(cols, rows, args) {
	const screen = new Terminal({ cols, rows, allowProposedApi: true });
	const command = `stty rows ${rows} cols ${cols}; exec ${join(BUILT, "dejavu")} ${args}`;
	const program = spawn("script", ["-qefc", command, "/dev/null"], { env: { ...process.env, TERM: "xterm-256color", COLORTERM: "truecolor", LC_ALL: "C.UTF-8" } });
	program.stdout.on("data", (text) => screen.write(text));
	return {
		text: () => trimmed(Array.from({ length: rows }, (_, y) => screen.buffer.active.getLine(y).translateToString(true))),
		types: (text) => program.stdin.write(text),
		ends: () => program.kill(),
	};
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });

/** Opens the page, and notes what must not be: requests, errors, messages. */
async function open(address, options = {}) {
	const context = await browser.newContext({ viewport: { width: 1024, height: 720 }, colorScheme: "dark", reducedMotion: "reduce", ...options });
	return visit(context, address);
}

async function visit(context, address) {
	const page = await context.newPage();
	page.on("console", (m) => check(false, `the console says ${m.type()}`, m.text()));
	page.on("pageerror", (e) => check(false, "an error in the page", e.stack));
	page.on("request", (r) => check(r.url().split("#")[0] === address.split("#")[0] || r.url().startsWith(new URL(".", address).href) || r.url().startsWith("data:"), "a request leaves the page", r.url()));
	await page.goto(address);
	await until(() => page.evaluate(() => document.getElementById("cells").textContent.length > 10), "no frame comes", () => page.evaluate(() => document.body.innerText));
	return page;
}

const text = async (page) => trimmed(await page.evaluate(() => [...document.getElementById("cells").children].map((l) => l.textContent)));
const shows = (page, what) => until(async () => (await text(page)).includes(what), `the page does not show ${JSON.stringify(what)}`, () => text(page));

/** Makes the window so large that the frame has a number of cells. */
async function sized(page, cols, rows) {
	for (let i = 0; i < 2; i++) { // another width gives the buttons another height
		const [width, height] = await page.evaluate(([cols, rows]) => {
			const line = document.querySelector("#cells > div"), frame = document.getElementById("frame");
			const probe = document.createElement("span");
			probe.textContent = "M".repeat(100);
			line.append(probe);
			const w = probe.getBoundingClientRect().width / 100, h = line.getBoundingClientRect().height;
			probe.remove();
			return [Math.ceil(cols * w) + 1 + innerWidth - frame.clientWidth, Math.ceil(rows * h) + 1 + innerHeight - frame.clientHeight];
		}, [cols, rows]);
		await page.setViewportSize({ width, height });
		await wait(100);
	}
	const lines = (await page.evaluate(() => [...document.getElementById("cells").children].map((l) => l.textContent)));
	check(lines.length === rows && [...lines[0]].length === cols, `the frame has ${[...lines[0]].length} x ${lines.length} cells, not ${cols} x ${rows}`);
}

/** Keys that are typed on the page and on a terminal: each frame is the same. */
async function twins(page, terminal, keys) {
	const typed = { Enter: "\r", Escape: "\x1b", ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Backspace: "\x7f", Home: "\x1b[H", End: "\x1b[F", Tab: "\t" };
	const same = async () => (await text(page)) === terminal.text();
	await until(same, "the page begins with another frame than the terminal", async () => `${await text(page)}\n--- terminal:\n${terminal.text()}`);
	for (const key of keys) {
		await wait(quiet);
		const before = terminal.text();
		await page.keyboard.press(key);
		terminal.types(typed[key] || key);
		await until(async () => terminal.text() !== before && await same(), `after ${key} the page shows another frame than the terminal`, async () => `${await text(page)}\n--- terminal:\n${terminal.text()}`);
	}
}

/** Says a figure beside its target, and holds it unless it is a time: that says as much of the machine. */
function say(what, number, unit, most = Infinity) {
	const target = most < Infinity ? `, to be at most ${most.toFixed()}${number > most ? ": MORE" : ""}` : "";
	console.log(`${what}: ${number.toFixed(number < 10 ? 1 : 0)} ${unit}${target}`);
	check(unit === "ms" || number <= most, `${what}: more than ${most} ${unit}`);
}


// The flagship to its end, each frame the terminal's.
async function flagship(cols, rows) {
	const page = await open(file + "#lost-ack-then-crash"), terminal = onTerminal(cols, rows, "play lost-ack-then-crash --reduced-motion");
	await sized(page, cols, rows);
	await twins(page, terminal, ["Enter", "Enter", "Enter", "Enter", "Enter", "3", "Enter", "Enter", "w", "Escape", "u", "u", "b", "b", "b", "z", "z", "Tab", "ArrowLeft", "ArrowRight", "f", "Escape", "l", "Escape", "?", "Escape"]);
	for (let i = 0; i < 20 && !(await text(page)).includes("next story"); i++) await twins(page, terminal, ["Enter"]);
	await twins(page, terminal, ["Home", "A", "End"]);
	await page.context().close();
	terminal.ends();
}

// The link of a moment opens it again, at any size as in a terminal; back and forward work.
async function links() {
	const page = await open(file + "#menu");
	await page.keyboard.press("Enter");
	for (const key of ["Enter", "Enter", "Enter", "Enter", "Enter", "1", "Enter", "Enter"]) {
		await wait(quiet);
		await page.keyboard.press(key);
	}
	await shows(page, "has paid twice");
	await wait(500);
	const link = page.url(), token = link.split("#")[1];
	check(/^dv\d+_/.test(token), "the address is no token", link);
	for (const [cols, rows] of [[120, 40], [200, 60], [80, 24], [60, 18], [45, 30]]) {
		const again = await open(link), terminal = onTerminal(cols, rows, `play ${token} --reduced-motion`);
		await sized(again, cols, rows);
		await twins(again, terminal, cols === 200 ? [] : ["w", "Escape"]);
		await again.context().close();
		terminal.ends();
	}
	const before = await text(page);
	await page.click("a[href='#learn']");
	await shows(page, "The first three chapters");
	await page.goBack();
	await until(async () => (await text(page)).split("\n")[0] === before.split("\n")[0], "back leads elsewhere", () => text(page));
	await wait(500);
	check(page.url() === link, "back leads to another address", page.url());
	await page.goForward();
	await shows(page, "The first three chapters");
	await page.evaluate(() => { location.hash = "nonsense"; });
	await shows(page, "This link cannot be opened");
	await page.context().close();
}

// Keys that belong to the browser stay there, text can be selected, and little is drawn.
async function manners() {
	const page = await open(file + "#twins");
	for (const key of [{ key: "l", ctrlKey: true }, { key: "w", ctrlKey: true }, { key: "F5" }, { key: "F6" }, { key: "r", metaKey: true }, { key: "ArrowLeft", altKey: true }, { key: "Tab", shiftKey: true }]) {
		const swallowed = await page.evaluate((key) => !document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true })), key);
		check(!swallowed, "the page swallows a key of the browser", JSON.stringify(key));
	}
	await page.keyboard.press("Escape");
	await page.keyboard.press("Tab");
	check(await page.evaluate(() => document.activeElement.closest("#actions") !== null), "Esc Tab does not leave the frame");
	await page.focus("#frame");
	await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
	await page.keyboard.press("s");
	await until(() => page.evaluate(async () => (await navigator.clipboard.readText()) === location.href), "s does not copy the link", () => page.evaluate(() => navigator.clipboard.readText()));
	await page.keyboard.press("Escape");
	const drawn = await page.evaluate(() => {
		let lines = new Set();
		const watch = new MutationObserver((all) => all.forEach((m) => lines.add(m.target)));
		watch.observe(document.getElementById("cells"), { childList: true, subtree: true });
		document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true, cancelable: true }));
		document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
		lines = new Set();
		watch.takeRecords();
		document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
		watch.takeRecords().forEach((m) => lines.add(m.target));
		return lines.size;
	});
	check(drawn > 0 && drawn <= 3, `one line down in a list draws ${drawn} lines`);
	await page.keyboard.press("Escape");
	const box = await page.locator("#cells").boundingBox();
	await page.mouse.move(box.x + 20, box.y + 5);
	await page.mouse.down();
	await page.mouse.move(box.x + 300, box.y + 40, { steps: 4 });
	await page.mouse.up();
	check(await page.evaluate(() => String(getSelection()).trim().length > 20), "text cannot be selected");
	await page.evaluate(() => getSelection().removeAllRanges());
	await page.keyboard.press("End");
	const line = (await text(page)).split("\n").findIndex((l) => l.includes("0:00 "));
	const height = box.height / (await page.evaluate(() => document.getElementById("cells").childElementCount));
	const before = await text(page);
	await page.mouse.move(box.x + 600, box.y + (line + 0.5) * height);
	await page.mouse.down();
	await page.mouse.move(box.x + 400, box.y + (line + 0.5) * height, { steps: 4 });
	await page.mouse.up();
	check(await text(page) !== before && await page.evaluate(() => String(getSelection()) === ""), "the time line cannot be dragged", await text(page));
	await page.context().close();
}

// A lesson to its end; a reload keeps what was done, and the page clears it.
async function lesson() {
	const page = await open(file + "#learn");
	await page.keyboard.press("Enter");
	for (let i = 0; i < 80 && !(await text(page)).includes("is done"); i++) {
		await wait(quiet);
		if (await page.locator("#actions button:text-is('1')").count()) await page.keyboard.press("1");
		await wait(quiet);
		await page.keyboard.press("Enter");
	}
	await shows(page, "is done");
	check((await page.evaluate(() => document.getElementById("aloud").textContent)).includes("right"), "nothing is read aloud at the end of a lesson");
	await wait(500); // the address is that of the lessons by then
	await page.reload();
	await shows(page, "done, ");
	await page.click("#forget");
	await shows(page, "Your progress is cleared");
	check(await page.evaluate(() => localStorage.length === 0) && !(await text(page)).includes("done, "), "progress is not cleared");
	await page.context().close();
}

// A phone: by touch alone, to the second charge.
async function phone() {
	const page = await open(file, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
	await page.evaluate(() => document.getElementById("frame").dispatchEvent(new WheelEvent("wheel", { deltaY: 200 })));
	await shows(page, "It answers");
	await page.keyboard.press("Home");
	const first = await page.locator("#cells > div", { hasText: "Start here" }).boundingBox();
	await page.touchscreen.tap(120, first.y + first.height / 2);
	await shows(page, "Lost ack, then a crash");
	for (let i = 0; i < 12 && !(await text(page)).includes("×"); i++) {
		await wait(quiet);
		const answer = page.locator("#actions button:text-is('3')");
		await (await answer.count() ? answer : page.locator("#actions button").first()).tap();
	}
	await shows(page, "has paid twice");
	for (const what of ["why", "close", "back", "undo", "faults", "close", "lanes", "close"]) {
		const button = page.locator(`#actions button:text-is("${what}")`);
		const box = await button.boundingBox();
		check(box && box.height >= 44 && box.width >= 44, `the button ${what} is small or missing`, JSON.stringify(box));
		await button.tap();
	}
	check(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the phone");
	await page.context().close();
}

// What axe-core finds.
async function access() {
	for (const colorScheme of ["dark", "light"]) {
		const page = await open(file + "#lost-ack-then-crash", { colorScheme });
		for (const keys of [[], ["End"], ["w"], ["Escape", "l"], ["Escape", "m"]]) {
			for (const key of keys) await page.keyboard.press(key);
			await page.evaluate(axe);
			const found = await page.evaluate(() => globalThis.axe.run());
			for (const v of found.violations) if (["serious", "critical"].includes(v.impact)) check(false, `axe: ${v.id}: ${v.help}`, v.nodes.map((n) => n.html.slice(0, 200)).join("\n"));
		}
		await page.context().close();
	}
}

// How fast it is, and how large.
async function speed() {
	say("one file", statSync(join(BUILT, "dejavu.html")).size / 1e6, "MB", 5);
	const firsts = [];
	for (let i = 0; i < 3; i++) {
		const page = await open(file);
		firsts.push(await page.evaluate(() => performance.getEntriesByName("first frame")[0].startTime));
		if (i === 2) await tab(page);
		await page.context().close();
	}
	say("first frame from disk", Math.min(...firsts), "ms", 1500);
	const page = await open(file + "#lost-ack-then-crash");
	await sized(page, 120, 40);
	const keys = await page.evaluate(async () => {
		const times = [];
		for (let i = 0; i < 40; i++) {
			await new Promise((done) => setTimeout(done, 30));
			const begun = performance.now();
			document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { key: i < 20 ? "End ArrowLeft".split(" ")[i % 2] : "w", bubbles: true, cancelable: true }));
			document.getElementById("cells").getBoundingClientRect(); // laid out
			times.push(performance.now() - begun);
		}
		return times.sort((a, b) => a - b);
	});
	say("a key to a drawn frame at 120x40, half of them", keys[20], "ms", 50);
	say("... the slowest", keys[39], "ms");
	await page.context().close();
	await hunt();
}

/** How much memory the tab takes, where that can be seen. */
async function tab(page) {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send("SystemInfo.getProcessInfo");
	await page.keyboard.press("Enter");
	const sizes = processInfo.filter((p) => p.type === "renderer").map((p) => {
		try {
			return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${p.id}/status`, "utf8"))[1]) / 1000;
		} catch {
			return 0;
		}
	});
	say("memory of the tab", Math.max(...sizes), "MB");
}

/** x on the lane in focus, here and on a terminal; here, the page is never frozen. */
async function hunt() {
	const page = await open(file + "#lost-ack-then-crash"), terminal = onTerminal(80, 24, "play lost-ack-then-crash --reduced-motion");
	await sized(page, 80, 24);
	await twins(page, terminal, ["Tab", "b", "b"]); // nothing breaks inbox on stock: the whole search
	const done = (shown) => /nothing breaks it/.test(shown);
	const begun = performance.now();
	terminal.types("x");
	await until(() => done(terminal.text()), "the search on the terminal does not end");
	const native = performance.now() - begun;
	const [took, frozen] = await page.evaluate(async () => {
		const begun = performance.now();
		let last = begun, longest = 0, over = false;
		document.getElementById("frame").dispatchEvent(new KeyboardEvent("keydown", { key: "x", bubbles: true, cancelable: true }));
		while (!over) {
			await new Promise((frame) => requestAnimationFrame(frame));
			const now = performance.now();
			longest = Math.max(longest, now - last);
			last = now;
			over = /nothing breaks it/.test(document.getElementById("cells").textContent) || now - begun > 60_000;
		}
		return [last - begun, longest];
	});
	say("x on the flagship's inbox with stock, on a terminal", native, "ms");
	say("x on the flagship's inbox with stock, on the page", took, "ms", Math.max(5 * native, 500));
	say("... between two frames of it", frozen, "ms", 250);
	await page.context().close();
	terminal.ends();
}

// The folder, from a host that serves the compressed forms.
async function folder() {
	const types = { html: "text/html", js: "text/javascript", wasm: "application/wasm" };
	const host = createServer((request, response) => {
		const name = request.url === "/" ? "index.html" : request.url.slice(1);
		try {
			const body = readFileSync(join(BUILT, "site", name + ".br"));
			response.writeHead(200, { "Content-Type": types[name.split(".").pop()], "Content-Encoding": "br", "Cache-Control": "max-age=3600" }).end(body);
		} catch {
			response.writeHead(404).end();
		}
	}).listen(0, "127.0.0.1");
	await new Promise((ready) => host.on("listening", ready));
	const context = await browser.newContext({ reducedMotion: "reduce" }), address = `http://127.0.0.1:${host.address().port}/`;
	let first = 0;
	for (let i = 0; i < 4; i++) {
		const page = await visit(context, address);
		await shows(page, "Twins");
		first = await page.evaluate(() => performance.getEntriesByName("first frame")[0].startTime);
		if (i === 0) say("first frame from a host", first, "ms");
		await page.close();
		await wait(500); // for the browser to keep what it has compiled
	}
	say("first frame when cached", first, "ms", 500);
	await context.close();
	host.close();
}

// Pictures, to be looked at.
async function shots() {
	if (!DEJAVU_SHOTS) return;
	mkdirSync(DEJAVU_SHOTS, { recursive: true });
	for (const [width, height, more] of [[390, 844, { hasTouch: true, isMobile: true, deviceScaleFactor: 2 }], [768, 1024, { hasTouch: true }], [1366, 768, {}], [1920, 1080, {}]]) {
		for (const colorScheme of ["dark", "light"]) {
			const page = await open(file + "#lost-ack-then-crash", { viewport: { width, height }, colorScheme, ...more });
			const shot = (what) => page.screenshot({ path: join(DEJAVU_SHOTS, `${width}-${colorScheme}-${what}.png`) });
			for (let i = 0; i < 6; i++) {
				await page.keyboard.press("Enter");
				await wait(quiet);
			}
			await shot("question");
			await page.keyboard.press("Enter");
			await wait(quiet);
			await page.keyboard.press("Enter");
			await shot("harm");
			await page.evaluate(() => { location.hash = "menu"; });
			await wait(100);
			await shot("menu");
			await page.evaluate(() => { location.hash = "learn/ghost-charge"; });
			await wait(100);
			await shot("lesson");
			await page.context().close();
		}
	}
}

const only = process.argv.slice(2);

/** Runs parts, unless others were named: several at once, where they mostly wait. */
async function run(parts, atOnce) {
	const names = Object.keys(parts).filter((name) => !only.length || only.includes(name));
	const worker = async () => {
		for (let name = names.shift(); name; name = names.shift()) {
			const begun = Date.now();
			await parts[name]().catch((err) => check(false, `${name} breaks off`, err.stack));
			console.log(`${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, worker));
}

await run({ flagship: () => flagship(120, 40), links, lesson, compact: () => flagship(80, 24), access, phone, manners }, 3);
await run({ speed, folder, shots }, 1);
await browser.close();
process.exit(failures ? 1 : 0);
