// The page: it starts with the token, asks for changes every second and shows them.

import { ControlError, control, fail, forgetToken, hasToken, keepToken, submits, takeToken, whenDone } from "./control.js";
import { $, setText } from "./dom.js";
import * as calls from "./calls.js";
import * as clock from "./clock.js";
import * as faults from "./faults.js";
import * as inbox from "./inbox.js";
import * as push from "./push.js";
import * as rules from "./rules.js";
import * as settings from "./settings.js";
import * as users from "./users.js";

const PARTS = [inbox, push, clock, faults, users, calls, settings, rules];
const PAUSE = 1000; // milliseconds

let version = "";
let catalogue = null;
let running = null; // the poll under way
let timer = 0;

function lock(why) {
  clearTimeout(timer);
  forgetToken();
  version = "";
  $("main").hidden = true;
  $("locked").hidden = false;
  setText($("connection"), "Locked");
  if (why) setText($("locked-why"), why);
  $("token").focus();
}

async function open() {
  $("locked").hidden = true;
  $("main").hidden = false;
  version = "";
  await poll();
}

async function start() {
  const tenant = await control("GET", "tenant");
  catalogue = await control("GET", "catalogue");
  setText($("where"), `${tenant.url} · a fake tenant, not a product of Auth0`);
  document.title = `MFA sandbox · ${tenant.domain}`;
  for (const part of PARTS) part.start?.(catalogue, tenant);
}

async function step() {
  if (catalogue === null) await start();
  const [ofUsers, ofMessages] = ["user-search", "message-search"].map((id) => encodeURIComponent($(id).value.trim()));
  const answer = await control("GET", `state?since=${version}&users=${ofUsers}&messages=${ofMessages}`);
  clock.tick(answer.clock);
  if (answer.state === null) return;
  version = answer.version;
  for (const part of PARTS) await part.show(answer.state, catalogue);
}

async function once() {
  try {
    await step();
    setText($("connection"), "Connected");
  } catch (error) {
    if (error instanceof ControlError && error.status === 401) return lock(error.message);
    if (error instanceof ControlError) fail(error.message);
    else setText($("connection"), "No answer, trying again");
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(poll, PAUSE);
}

// One poll at a time. A request during a poll gets the next one, which shows its effects.
async function poll() {
  while (running) await running;
  running = once().finally(() => { running = null; });
  await running;
}

function begin() {
  takeToken();
  if (hasToken()) open();
  else lock();
}

async function pollAnew() {
  version = "";
  await poll();
}

whenDone(poll, pollAnew);
submits($("unlock"), () => {
  keepToken($("token").value.trim());
  $("token").value = "";
  open();
});
addEventListener("hashchange", () => { if (takeToken()) open(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && hasToken()) poll(); });
begin();
