// Keys for the week's list: j next, k previous, s start, x not right. The pages work without this file.
(() => {
  "use strict";
  const cards = () => [...document.querySelectorAll(".cards .card")];
  const current = () => document.activeElement?.closest(".card");

  function move(step) {
    const all = cards();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function reject() {
    const drawer = current()?.querySelector("details[data-key='x']");
    if (!drawer) return;
    drawer.open = !drawer.open;
    (drawer.open ? drawer.querySelector("input") : current()).focus();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    s: () => current()?.querySelector("button[data-key='s']")?.click(),
    x: reject,
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=radio]), select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    if (typing) return;
    event.preventDefault();
    keys[event.key]();
  });

  // An answered card is replaced by its new self: keep the reader's place.
  document.addEventListener("htmx:afterSwap", (event) => {
    const card = document.getElementById(event.detail.target?.id);
    if (card?.classList.contains("card")) card.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:responseError", (event) => {
    const said = document.getElementById("said");
    if (!said) return;
    said.className = "notice";
    const why = event.detail.xhr.responseText;
    said.textContent = why && why.length < 400 ? `That was not saved. ${why}` : "That was not saved. Load the page again and try once more.";
    said.scrollIntoView({ block: "center" });
  });
})();
