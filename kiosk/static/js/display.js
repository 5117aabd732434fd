/* Letters and colours change at once where a button is pressed. Without this file the button's form
   goes the long way and comes back. */
(function () {
  "use strict";
  const on = window.diemdoc.on;

  function choose(form) {
    const parts = form.getAttribute("action").split("/"), name = parts[2], value = parts[3];
    if (name === "locale") { return false; }
    const root = document.documentElement;
    root.className = root.className.replace(new RegExp("\\b" + name + "-\\w+"), name + "-" + value);
    form.parentNode.querySelectorAll("button").forEach(function (one) {
      const is = one.form === form;
      one.classList.toggle("on", is);
      one.setAttribute("aria-pressed", String(is));
    });
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.send();
    return true;
  }

  on(document, "submit", function (event) {
    if (event.target.hasAttribute("data-choice") && choose(event.target)) { event.preventDefault(); }
  });

  /* A fold over the page closes by a tap beside it, and by Escape. */
  document.querySelectorAll("[data-fold]").forEach(function (fold) {
    on(document, "click", function (event) { if (fold.open && !fold.contains(event.target)) { fold.open = false; } });
    on(fold, "keydown", function (event) {
      if (event.key === "Escape" && fold.open) {
        fold.open = false;
        fold.querySelector("summary").focus();
      }
    });
  });
})();
