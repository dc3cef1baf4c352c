// The three things to do first, shown as long as the tenant has neither users nor calls.

import { act } from "./control.js";
import { $, copier, element } from "./dom.js";

export function start(tenant) {
  const settings = [
    ["AUTH0_DOMAIN", tenant.domain],
    ["AUTH0_CLIENT_ID", tenant.client_id],
    ["AUTH0_CLIENT_SECRET", tenant.client_secret ?? ""],
    ["SSL_CERT_FILE", tenant.ca_file ?? ""],
  ];
  $("first-settings").replaceChildren(copier("Copy its settings", () => settings.map(([name, value]) => `${name}=${value}`).join("\n")));
  $("first-user").addEventListener("click", () => {
    act("Added grace@example.com, whose password is pw", "POST", "users", {
      email: "grace@example.com",
      password: "pw",
      authenticators: ["email"],
    });
  });
  $("first-settings").append(" ", element("code", {}, `AUTH0_DOMAIN=${tenant.domain}`));
}
