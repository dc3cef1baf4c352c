// The tenant's time, and buttons that move it.

import { act, submits } from "./control.js";
import { $, setText } from "./dom.js";

let clock = null; // the tenant's last answer
let heard = 0; // when it arrived, in seconds by this computer's clock

const here = () => Date.now() / 1000;

export function start() {
  for (const one of document.querySelectorAll("[data-seconds]")) {
    one.addEventListener("click", () => advance(Number(one.dataset.seconds), one.textContent.slice(1)));
  }
  submits($("advance"), () => advance(Number($("seconds").value), `${$("seconds").value} s`));
  $("freeze").addEventListener("click", () => {
    if (clock.frozen) act("The clock runs again", "POST", "clock/unfreeze", {});
    else act("The clock is frozen", "POST", "clock/freeze", {});
  });
  $("real-time").addEventListener("click", () => act("Back to real time", "POST", "clock/reset", {}));
  setInterval(draw, 1000);
}

function advance(seconds, name) {
  act(`Moved the clock forward by ${name}`, "POST", "clock/advance", { seconds }, $("advance"));
}

export function tick(now) {
  clock = now;
  heard = here();
  draw();
}

export function show({ profile }) {
  const token = duration(profile.mfa_token_lifetime);
  const code = duration(profile.oob_code_lifetime);
  setText($("lifetimes"), `An mfa_token is valid for ${token}, an oob_code for ${code}, the code of an app for 30 s.`);
}

function draw() {
  if (clock === null) return;
  const now = clock.now + (clock.frozen ? 0 : here() - heard);
  const date = new Date(now * 1000).toISOString();
  setText($("now"), `${date.slice(0, 10)} ${date.slice(11, 19)} UTC`);
  $("now").setAttribute("datetime", `${date.slice(0, 19)}Z`);
  $("freeze").setAttribute("aria-pressed", String(clock.frozen));
  const ahead = now - here();
  const apart = Math.abs(ahead) < 2 ? "same as this machine" : `${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} this machine`;
  setText($("offset"), clock.frozen ? `Frozen, ${apart}` : apart[0].toUpperCase() + apart.slice(1));
}

function duration(seconds) {
  const units = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let left = Math.round(seconds);
  const parts = [];
  for (const [name, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(`${count} ${name}${name === "day" && count > 1 ? "s" : ""}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}
