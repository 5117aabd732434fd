/* Comfort for reading: the place and bookmarks on this phone, the bar out of the way, pictures of
   pages larger in place, keys. Without this file everything is read the same, nothing is kept. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc, on = diemdoc.on;
  const text = document.querySelector("[data-reader]");
  if (!text) { return; }
  const bar = document.querySelector("[data-bar]");
  const data = function (name) { return text.getAttribute("data-" + name); };
  const id = data("id"), number = Number(data("number"));

  function height() { return Math.max(1, document.documentElement.scrollHeight - window.innerHeight); }

  function place() {
    const at = Math.min(1, window.pageYOffset / height());
    return {
      id: id, kind: "read", number: number, spot: Math.round(at * 1000) / 1000, view: data("view"), title: data("title"),
      cover: data("cover"), where: (data("part") ? data("part") + " · " : "") + number + " / " + data("total")
    };
  }

  /* Nothing is kept after everything was forgotten, not even while the page goes. */
  let isForgotten = false;
  function remember() { if (!isForgotten) { diemdoc.remember(place()); } }

  /* Pictures that come late push the text down: go to the place again until the reader moves. */
  function goTo(at) {
    let moved = false;
    const there = function () { if (!moved) { window.scrollTo(0, at * height()); } };
    ["touchstart", "wheel", "keydown"].forEach(function (type) { on(window, type, function () { moved = true; }, { passive: true }); });
    text.querySelectorAll("img").forEach(function (picture) { if (!picture.complete) { on(picture, "load", there); } });
    on(window, "load", there);
    there();
  }

  const asked = diemdoc.asked();
  const known = diemdoc.list("places").filter(function (one) { return one.id === id && one.number === number; })[0];
  const wanted = asked !== null ? asked : (!location.hash && known ? Number(known.spot) || 0 : 0);
  if (wanted > 0) { goTo(Math.min(1, wanted)); }

  let timer = 0, before = window.pageYOffset;
  on(window, "scroll", function () {
    const now = window.pageYOffset;
    if (bar && Math.abs(now - before) > 12) {
      bar.classList.toggle("away", now > before && now > 80 && !bar.querySelector("details[open]"));
      before = now;
    }
    clearTimeout(timer);
    timer = setTimeout(remember, 400);
  }, { passive: true });
  on(window, "pagehide", remember);
  on(document, "diemdoc:forget", function () { isForgotten = true; });
  remember();

  if (bar) {
    on(text, "click", function (event) { if (!event.target.closest("a")) { bar.classList.remove("away"); } });
    on(bar, "focusin", function () { bar.classList.remove("away"); });
  }

  /* Bookmarks: one for a part. */
  const button = document.querySelector("[data-mark]");
  const here = function (one) { return one.id === id && one.kind === "read" && one.number === number; };
  function showMark() {
    const is = diemdoc.list("marks").some(here), words = button.querySelector("span");
    button.setAttribute("aria-pressed", String(is));
    words.textContent = is ? button.getAttribute("data-marked") : button.dataset.words;
  }
  if (button) {
    button.dataset.words = button.textContent.trim();
    button.hidden = false;
    on(button, "click", function () {
      const marks = diemdoc.list("marks"), others = marks.filter(function (one) { return !here(one); });
      diemdoc.save("marks", others.length < marks.length ? others : [place()].concat(others).slice(0, 100));
      document.dispatchEvent(new CustomEvent("diemdoc:marks"));
    });
    on(document, "diemdoc:marks", showMark);
    showMark();
  }

  /* The code for another phone names the place inside the part, once it is looked at. */
  const code = document.querySelector("[data-qr]");
  if (code) {
    on(code.closest("details"), "toggle", function () {
      code.src = "/qr.svg?to=" + encodeURIComponent(code.getAttribute("data-qr") + "#at=" + (Number(place().spot) || 0));
    });
  }

  /* A page larger in place: steps of the links, without a new page. */
  const sheet = document.querySelector("[data-sheet]");
  if (sheet) {
    const paper = sheet.querySelector(".sheet-paper"), zooms = sheet.querySelector("[data-zooms]");
    const steps = zooms.getAttribute("data-zooms").split(" ").map(Number);
    const links = ["narrower", "wider"].map(function (name) { return zooms.querySelector("[data-" + name + "]"); });
    const frame = sheet.querySelector(".sheet-frame"), source = sheet.querySelector("source");
    const zoomTo = function (zoom) {
      const middle = (frame.scrollLeft + frame.clientWidth / 2) / frame.scrollWidth;
      paper.className = "sheet-paper zoom-" + zoom;
      sheet.classList.toggle("zoomed", zoom > 100);
      sheet.setAttribute("data-zoom", zoom);
      if (source && zoom > 100) { source.sizes = Math.round(frame.clientWidth * zoom / 100) + "px"; }
      frame.scrollLeft = middle * frame.scrollWidth - frame.clientWidth / 2;
    };
    on(zooms, "click", function (event) {
      const link = event.target.closest("a");
      if (!link) { return; }
      event.preventDefault();
      const now = steps.indexOf(Number(sheet.getAttribute("data-zoom")));
      zoomTo(steps[Math.max(0, Math.min(steps.length - 1, now + (link === links[1] ? 1 : -1)))]);
    });
    on(sheet.querySelector("img"), "click", function () { zoomTo(sheet.getAttribute("data-zoom") === "100" ? 200 : 100); });
  }

  on(document, "keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, .zoomed")) { return; }
    const way = event.key === "ArrowRight" ? "next" : event.key === "ArrowLeft" ? "prev" : "";
    const link = way && document.querySelector(".turn a[rel=" + way + "]");
    if (link) { link.click(); }
  });
})();
