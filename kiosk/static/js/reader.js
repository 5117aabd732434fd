/* Comfort for reading: remembers the place on this phone, hides the bar, turns with keys.
   Without this file everything is read the same; only nothing is remembered. */
(function () {
  "use strict";
  var KEY = "diemdoc.places", MOST = 12;
  var text = document.querySelector("[data-reader]");
  if (!text) { return; }
  var bar = document.querySelector("[data-bar]");
  var id = text.getAttribute("data-id"), number = Number(text.getAttribute("data-number"));

  function load() {
    try {
      var found = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (error) { return []; }
  }

  function height() { return Math.max(1, document.documentElement.scrollHeight - window.innerHeight); }

  function remember() {
    var kept = load().filter(function (place) { return place.id !== id; });
    kept.unshift({
      id: id, kind: "read", number: number,
      part: Math.min(1, window.pageYOffset / height()),
      title: text.getAttribute("data-title"), cover: text.getAttribute("data-cover"),
      where: number + " / " + text.getAttribute("data-total")
    });
    try { localStorage.setItem(KEY, JSON.stringify(kept.slice(0, MOST))); } catch (error) { /* full or private: nothing is kept */ }
  }

  load().forEach(function (place) {
    if (place.id === id && place.number === number && place.part > 0 && !location.hash) {
      window.addEventListener("load", function () { window.scrollTo(0, place.part * height()); });
    }
  });

  var timer = 0, before = window.pageYOffset;
  window.addEventListener("scroll", function () {
    var now = window.pageYOffset;
    if (bar && Math.abs(now - before) > 12) {
      bar.classList.toggle("away", now > before && now > 80);
      before = now;
    }
    clearTimeout(timer);
    timer = setTimeout(remember, 400);
  }, { passive: true });
  window.addEventListener("pagehide", remember);
  remember();

  if (bar) {
    text.addEventListener("click", function (event) {
      if (!event.target.closest("a")) { bar.classList.remove("away"); }
    });
    bar.addEventListener("focusin", function () { bar.classList.remove("away"); });
  }

  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || /INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) { return; }
    var way = event.key === "ArrowRight" ? "next" : event.key === "ArrowLeft" ? "prev" : "";
    var link = way && document.querySelector(".turn a[rel=" + way + "]");
    if (link) { link.click(); }
  });
})();
