// Opens what .ci/formats has exported in headless Chromium, with the programs that it is
// for. The only argument is the folder.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { validateXML } from "xmllint-wasm";

const dir = process.argv[2];
const shots = process.env.DEJAVU_SHOTS || dir;
fs.mkdirSync(shots, { recursive: true });
const modules = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules");
const read = (...file) => fs.readFileSync(path.join(...file), "utf8");
const url = (file) => pathToFileURL(path.join(dir, file)).href;
const step = (text) => console.log("==> " + text);
let failed = false;
const check = (ok, text) => {
  if (!ok) {
    failed = true;
    console.log("FAILED: " + text);
  }
};

const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const empty = async () => {
  const page = await browser.newPage();
  await page.setContent("<!doctype html><title>t</title><div id=here></div>");
  return page;
};

step("mermaid reads every diagram, and draws one");
{
  const page = await empty();
  await page.addScriptTag({ content: read(modules, "mermaid/dist/mermaid.min.js") });
  for (const file of fs.readdirSync(dir).filter((f) => f.endsWith(".mmd"))) {
    const wrong = await page.evaluate((text) => mermaid.parse(text).then(() => "", (e) => String(e)), read(dir, file));
    check(!wrong, `${file}: ${wrong}`);
  }
  const svg = await page.evaluate((text) => mermaid.render("m", text).then((r) => r.svg), read(dir, "lost-ack-then-crash.mmd"));
  check(svg.includes("charges Cy $120 AGAIN"), "the diagram does not say AGAIN");
  await page.evaluate((svg) => { document.getElementById("here").innerHTML = svg; }, svg);
  await page.screenshot({ path: path.join(shots, "mermaid.png"), fullPage: true });
  await page.close();
}

step("asciinema-player plays both versions, and knows the markers");
for (const version of [2, 3]) {
  const page = await empty();
  const wrong = [];
  page.on("pageerror", (e) => wrong.push(String(e)));
  await page.addStyleTag({ content: read(modules, "asciinema-player/dist/bundle/asciinema-player.css") });
  await page.addScriptTag({ content: read(modules, "asciinema-player/dist/bundle/asciinema-player.min.js") });
  const text = read(dir, `story${version}.cast`);
  const markers = text.split("\n").slice(1).filter(Boolean).map((l) => JSON.parse(l)).filter((e) => e[1] === "m").length;
  await page.evaluate(async (data) => {
    window.player = AsciinemaPlayer.create({ data }, document.getElementById("here"), { preload: true, controls: true });
    await window.player.play();
    await window.player.seek({ marker: 3 });
    await window.player.pause();
  }, text);
  await page.waitForFunction(() => /AGAIN/.test(document.body.innerText), { timeout: 10_000 }).catch(() => check(false, `version ${version}: the harm is not seen`));
  check(markers === 4 && wrong.length === 0, `version ${version}: ${markers} markers, ${wrong}`);
  await page.screenshot({ path: path.join(shots, `cast${version}.png`) });
  await page.close();
}

step("the page is stepped through, by keys, on three widths, in light and dark");
for (const scheme of ["light", "dark"]) {
  for (const width of [390, 1024, 1920]) {
    const page = await browser.newPage();
    const wrong = [];
    page.on("console", (m) => m.type() === "error" && wrong.push(m.text()));
    page.on("pageerror", (e) => wrong.push(String(e)));
    page.on("request", (r) => r.url().startsWith(url("story.html")) || wrong.push("asks for " + r.url()));
    await page.setViewport({ width, height: width < 500 ? 844 : 1000 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }, { name: "prefers-reduced-motion", value: "reduce" }]);
    await page.goto(url("story.html") + "#0:00");
    await page.evaluate(read(modules, "axe-core/axe.min.js"));
    const text = (selector) => page.$eval(selector, (e) => e.hidden ? "" : e.innerText);
    let asked = "";
    for (let n = 0; n < 20 && !(await text(".when")).startsWith("0:43"); n++) {
      await page.keyboard.press("Enter");
      if (await text(".ask")) {
        asked = await text(".ask");
        await page.screenshot({ path: path.join(shots, `page-${scheme}-${width}-asks.png`) });
        await page.keyboard.press("3");
      }
    }
    await page.keyboard.press("w");
    await page.screenshot({ path: path.join(shots, `page-${scheme}-${width}-harm.png`), fullPage: true });
    const name = `${scheme} ${width}`;
    check(asked.includes("who will have paid twice"), `${name}: nothing was asked`);
    check((await text(".lane")).includes("$120 AGAIN"), `${name}: the harm is not seen`);
    check((await text(".said")).includes("Cy has paid twice."), `${name}: the harm is not said`);
    check((await text(".why")).includes("crash:m3/before-ack"), `${name}: the cause is not said`);
    check((await page.evaluate(() => location.hash)).startsWith("#0:43"), `${name}: the address does not name the moment`);
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    check((await text(".when")).startsWith("0:43"), `${name}: the arrow keys do not come back`);
    check((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `${name}: wider than the window`);
    const small = await page.evaluate(() => {
      const seen = [...document.querySelectorAll("body *")].filter((e) => e.getClientRects().length > 0);
      return seen.filter((e) => {
        const box = e.getBoundingClientRect();
        const speaks = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim() !== "");
        return speaks && parseFloat(getComputedStyle(e).fontSize) < 12 || e.matches("button, summary") && (box.height < 44 || box.width < 44) ||
          e.matches(".lane pre") && e.scrollWidth > e.clientWidth;
      }).map((e) => e.outerHTML.slice(0, 80));
    });
    check(small.length === 0, `${name}: too small to read or to press, or cut: ${small.slice(0, 3).join(" ")}`);
    for (const v of (await page.evaluate(() => axe.run())).violations.filter((v) => ["serious", "critical"].includes(v.impact))) {
      check(false, `${name}: ${v.id}: ${v.nodes[0].html}`);
    }
    check(wrong.length === 0, `${name}: ${wrong}`);
    await page.close();
  }
}

step("the page plays by itself, prints key frames, and is a list without its script");
{
  const page = await browser.newPage();
  await page.goto(url("story.html") + "#0:00");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".badge").textContent === "delivery", { timeout: 5_000 }).catch(() => check(false, "it does not play on to the first stop"));
  await page.pdf({ path: path.join(shots, "page.pdf") });
  check((await page.$$eval("#keys article", (all) => all.length)) === 8, "it does not print eight key frames");
  const bare = await browser.newPage();
  await bare.setJavaScriptEnabled(false);
  await bare.goto(url("story.html"));
  check((await bare.$eval("#list", (e) => e.innerText)).includes("Cy has paid twice."), "without its script it says nothing");
  await bare.screenshot({ path: path.join(shots, "page-bare.png") });
}

step("pictures are drawn");
for (const name of ["svg", "svg-animated"]) {
  fs.copyFileSync(path.join(dir, "story." + name), path.join(dir, name + ".svg"));
  const page = await browser.newPage();
  await page.setViewport({ width: 1050, height: 710 });
  await page.goto(url(name + ".svg"));
  check(await page.evaluate(() => document.documentElement.nodeName === "svg" && !document.querySelector("parsererror")), name + " is no picture");
  const kept = await page.$$eval("text", (all) => all.every((t) => getComputedStyle(t).whiteSpaceCollapse === "preserve"));
  check(kept, name + " loses blanks, and stretches what is left");
  await page.screenshot({ path: path.join(shots, name + ".png") });
}

step("JUnit reports are as their schema says");
{
  const schema = read(path.dirname(fileURLToPath(import.meta.url)), "junit.xsd");
  const validate = (contents) => validateXML({ xml: [{ fileName: "report", contents }], schema: [schema] });
  for (const file of ["story.junit", "failing.junit", "suite.junit"]) {
    const text = read(dir, file);
    for (const e of (await validate(text)).errors) check(false, `${file}: ${e.rawMessage}`);
    check(!(await validate(text.replace(' tests="', ' test="'))).valid, `${file}: the schema takes what is wrong`);
  }
}

step("the trace has what Perfetto's reader of Chrome's format asks of each event");
for (const e of JSON.parse(read(dir, "story.trace")).traceEvents) {
  const ok = typeof e.name === "string" && ["M", "X", "i"].includes(e.ph) && Number.isInteger(e.pid) && Number.isInteger(e.tid) &&
    Number.isFinite(e.ts) && (e.ph !== "X" || Number.isFinite(e.dur)) && (e.ph !== "i" || ["g", "p", "t"].includes(e.s)) && (e.ph !== "M" || typeof e.args.name === "string");
  check(ok, JSON.stringify(e));
}

await browser.close();
process.exit(failed ? 1 : 0);
