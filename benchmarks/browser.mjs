// Opens a page in headless Chromium as browser.py asks, and prints as JSON what it saw.
//   node browser.mjs CHROMIUM MODULES PAGE.html FOLDER     (MODULES: the folder in which npm installed)
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, modules, file, folder] = process.argv.slice(2);
const load = createRequire(join(modules, "here.js"));
const puppeteer = load("puppeteer-core");
const axe = await readFile(load.resolve("axe-core/axe.min.js"), "utf-8");
const address = pathToFileURL(file).href;
const name = join(folder, basename(file, ".html"));

// The inner width of a landscape A4 page with margins of 12 mm, in CSS pixels.
const PRINTED = 1032;
const TILE = 2400;
const VIEWS = [
  { view: "desktop", width: 1280, height: 900 },
  { view: "phone", width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  { view: "print", width: PRINTED, height: 700 },
];

// Notes all requests and all errors of a page, from now on.
async function listening(page) {
  const requests = [], errors = [];
  const session = await page.createCDPSession();
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => requests.push(request.url));
  session.on("Network.webSocketCreated", ({ url }) => requests.push(url));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  return { requests, errors };
}

// What is wider than the page, by its tag and class; what scrolls within a box of its own is not.
function tooWide() {
  const limit = document.documentElement.clientWidth;
  const isBoxed = (one) => one && (getComputedStyle(one).overflowX !== "visible" || isBoxed(one.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > limit + 0.5 && !isBoxed(one.parentElement))
    .map((one) => one.tagName.toLowerCase() + (one.classList.length ? "." + [...one.classList].join(".") : ""));
}

async function screenshots(page, prefix) {
  const { width, height } = await page.evaluate(() => ({
    width: document.scrollingElement.scrollWidth, height: document.scrollingElement.scrollHeight,
  }));
  for (let top = 0, number = 1; top < height; top += TILE, number += 1) {
    const clip = { x: 0, y: top, width, height: Math.min(TILE, height - top) };
    await page.screenshot({ path: `${prefix}-${String(number).padStart(2, "0")}.png`, clip });
  }
}

async function seen(browser, { view, ...viewport }, hasScript) {
  const page = await browser.newPage();
  const heard = await listening(page);
  await page.setJavaScriptEnabled(hasScript);
  await page.setViewport(viewport);
  if (view === "print") await page.emulateMediaType("print");
  await page.goto(address, { waitUntil: "load" });
  const found = { view, has_script: hasScript, limit: viewport.width, axe: [], passes: 0 };
  if (hasScript && view !== "print") await screenshots(page, `${name}-${view}`);
  if (view !== "print") await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
  found.width = await page.evaluate(() => document.scrollingElement.scrollWidth);
  found.too_wide = found.width > viewport.width ? [...new Set(await page.evaluate(tooWide))] : [];
  if (hasScript && view !== "print") {
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    found.passes = result.passes.length;
    found.axe = result.violations.flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ target }) => ({ rule: id, impact, help, selector: target.flat().join(" ") })));
  }
  if (hasScript && view === "print") {
    await writeFile(`${name}.pdf`, await page.pdf({ preferCSSPageSize: true, printBackground: true }));
  }
  found.requests = heard.requests.filter((url) => url !== address);
  found.errors = heard.errors;
  await page.close();
  return found;
}

const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args });
try {
  const views = [];
  for (const view of VIEWS) for (const hasScript of [true, false]) views.push(await seen(browser, view, hasScript));
  console.log(JSON.stringify({ chromium: (await browser.version()).split("/")[1], views }));
} finally {
  await browser.close();
}
