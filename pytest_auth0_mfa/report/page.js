"use strict";
// Adds a copy button to every reproducer. The rest of the page works without JavaScript.
(function () {
  const said = document.getElementById("said");
  function old(text) {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("refused"));
  }
  function copy(text) {
    return navigator.clipboard ? navigator.clipboard.writeText(text).catch(() => old(text)) : old(text);
  }
  for (const figure of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(figure.dataset.copy);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-describedby", source.id);
    button.addEventListener("click", () => {
      const tell = (word) => {
        button.textContent = word;
        said.textContent = word;
        setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
      };
      copy(source.textContent).then(() => tell("Copied"), () => tell("Not copied: select the text"));
    });
    figure.querySelector("figcaption").append(button);
  }
  // Open the folded parts around the target of a link, and scroll to it.
  function unfold() {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") { node.open = true; }
    }
    if (target) { target.scrollIntoView(); }
  }
  addEventListener("hashchange", unfold);
  unfold();
})();
