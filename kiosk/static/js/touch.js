/* The touch screen: no way out, back to the start when nobody is there, everything forgotten, a sign
   of life. Loaded only where the screen is (kiosk/views/touch.py). */
(function () {
  "use strict";
  const diemdoc = window.diemdoc, START = "/touch/", WARN_S = 20, ALIVE_MS = 10000, SLIDE_MS = 8000, STICK_MS = 3000;
  const setup = document.querySelector("[data-touch]");
  if (!setup || diemdoc.touch) { return; }
  const idle = Number(setup.getAttribute("data-idle")), listening = Number(setup.getAttribute("data-listening"));
  let last = Date.now(), left = false;

  /* Pages replace each other, so that none is left behind to go back to. Where "back" leads is kept here. */
  function trail() { return diemdoc.list("trail").map(function (one) { return one.id; }); }

  function keep(paths) { diemdoc.save("trail", paths.slice(-40).map(function (path) { return { id: path }; })); }

  function go(address) { location.replace(address); }

  function here() { return location.pathname + location.search; }

  function note() {
    const paths = trail();
    if (location.pathname === START) { diemdoc.forget(); }
    else if (paths[paths.length - 1] !== here()) { keep(paths.concat(here())); }
  }

  function back() {
    const paths = trail();
    paths.pop();
    const before = paths.pop();
    keep(paths);
    go(before || "/");
  }

  function send(form) {
    const fields = Array.from(form.elements).filter(function (one) { return one.name && !one.disabled; });
    const words = fields.map(function (one) { return encodeURIComponent(one.name) + "=" + encodeURIComponent(one.value); }).join("&");
    if (form.method === "get") { go(form.action.split("?")[0] + "?" + words); return; }
    fetch(form.action, {
      method: "POST", credentials: "same-origin", body: words, headers: { "Content-Type": "application/x-www-form-urlencoded" }
    }).then(function (answer) { go(answer.url); }, function () { go("/"); });
  }

  /* Forget, then show the start: places and sound by us, choices by the server, what the browser keeps by
     Clear-Site-Data. "idle" ends the visit for the recorder. */
  function leave() {
    if (left) { return; }
    left = true;
    diemdoc.forget();
    const done = function () { diemdoc.forget(); go(START + "?idle=1"); };
    fetch("/forget", { method: "POST", credentials: "same-origin" }).then(done, done);
  }

  function limit() { return diemdoc.sound && diemdoc.sound.isOn() && !diemdoc.sound.isPaused() ? listening : idle; }

  function look() {
    const warning = document.querySelector("[data-touch-warning]");
    if (location.pathname === START || !warning) { last = Date.now(); return; }
    const rest = Math.ceil(limit() - (Date.now() - last) / 1000);
    if (rest <= 0) { leave(); return; }
    if (rest <= WARN_S && warning.hidden) {
      warning.hidden = false;
      warning.querySelector("button").focus();
    } else if (rest > WARN_S) { warning.hidden = true; }
    warning.querySelector("[data-left]").textContent = rest;
  }

  ["pointerdown", "touchstart", "mousedown", "keydown", "wheel", "scroll"].forEach(function (type) {
    window.addEventListener(type, function () { last = Date.now(); look(); }, { passive: true, capture: true });
  });
  setInterval(look, 1000);

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-touch-back]")) { event.preventDefault(); back(); return; }
    if (event.target.closest("[data-touch-leave]")) { event.preventDefault(); leave(); return; }
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented) { return; }
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.hasAttribute("download")) { event.preventDefault(); return; }
    if (url.pathname + url.search === here() && url.hash) { return; }
    event.preventDefault();
    go(url.href);
  });
  document.addEventListener("submit", function (event) {
    const isInPlace = event.target.hasAttribute("data-choice") && event.target.action.indexOf("/locale/") < 0;
    if (event.defaultPrevented || isInPlace) { return; }
    event.preventDefault();
    if (event.target.hasAttribute("data-forget")) { leave(); } else { send(event.target); }
  });
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () {
    /* While something plays, page.js turns the page. */
    if (diemdoc.sound && diemdoc.sound.isOn()) { submit.call(this); } else { send(this); }
  };

  /* No menu, no dragging out, no keys of the browser. */
  ["contextmenu", "dragstart", "drop", "auxclick"].forEach(function (type) {
    document.addEventListener(type, function (event) { event.preventDefault(); });
  });
  document.addEventListener("keydown", function (event) {
    const isBrowsers = event.ctrlKey || event.metaKey || event.altKey || /^(F\d+|Browser.*|ContextMenu)$/.test(event.key);
    if (isBrowsers && !(event.ctrlKey && /^[acvxz]$/.test(event.key))) { event.preventDefault(); event.stopPropagation(); }
  }, true);
  window.print = function () { /* there is no printer in the hall */ };

  /* A page that is drawn tells so; one that hangs does not, and the browser is started anew. */
  function tellAlive() {
    requestAnimationFrame(function () {
      const request = new XMLHttpRequest();
      request.open("POST", "/touch/alive");
      request.send();
    });
  }
  setInterval(tellAlive, ALIVE_MS);
  tellAlive();

  const slides = document.querySelectorAll("[data-slides] .slide");
  let shown = 0;
  if (slides.length > 1) {
    setInterval(function () {
      slides[shown].classList.remove("on");
      shown = (shown + 1) % slides.length;
      slides[shown].classList.add("on");
    }, SLIDE_MS);
  }

  /* A stick that staff put in: what it holds, how far it is, when it may be pulled out. */
  function tellStick() {
    const band = document.querySelector("[data-stick]");
    if (!band) { return; }
    const request = new XMLHttpRequest();
    request.open("GET", "/touch/stick");
    request.onload = function () {
      const told = request.status === 200 ? JSON.parse(request.responseText) : { state: "none" };
      const bar = band.querySelector("[data-stick-done]");
      band.hidden = told.state === "none";
      if (band.hidden) { return; }
      band.querySelector("[data-stick-title]").textContent = told.title;
      band.querySelector("[data-stick-hint]").textContent = told.hint;
      bar.hidden = told.state !== "working";
      if (told.percent === null) { bar.removeAttribute("value"); } else { bar.value = told.percent; }
    };
    request.send();
  }
  setInterval(tellStick, STICK_MS);
  tellStick();

  document.addEventListener("diemdoc:page", note);
  note();
  diemdoc.touch = { leave: leave, back: back };
})();
