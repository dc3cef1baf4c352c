// The QR code of an authenticator app. It is loaded when it is opened; while enrolling it is open from the start.

import { control, userPath } from "./control.js";
import { copyable, element, setText } from "./dom.js";

export function qr(user, entry) {
  const image = element("img", { alt: `QR code for the authenticator app of ${user.email}`, width: 176, height: 176 });
  const secret = copyable("fact");
  const uri = element("p", { class: "fact muted" });
  const text = element("div", {}, element("p", { class: "muted" }, "Secret, to type in"), secret, uri);
  const summary = element("summary", {}, "QR code and secret ");
  summary.append(element("span", { class: "muted" }, entry.id));
  const made = element("details", {}, summary, element("div", { class: "scan" }, image, text));
  let asked = false;
  made.addEventListener("toggle", async () => {
    if (!made.open || asked) return;
    asked = true;
    try {
      const found = await control("GET", `${userPath(user)}/authenticators/${encodeURIComponent(entry.id)}/qr`);
      image.src = found.image;
      setText(uri, found.barcode_uri);
    } catch (error) {
      asked = false;
      setText(uri, error.message);
    }
  });
  made.show = (now) => secret.show(now.secret, `the secret of ${user.email}`);
  made.open = !entry.active;
  return made;
}
