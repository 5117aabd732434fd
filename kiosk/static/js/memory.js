/* What this phone remembers, in its own storage only: places, bookmarks, speed. And how listeners of
   a page end with it, for pages that are left without a reload. */
(function () {
  "use strict";
  const PREFIX = "diemdoc.";
  const MOST = 24;

  function load(name, otherwise) {
    try {
      const found = JSON.parse(localStorage.getItem(PREFIX + name));
      return found === null ? otherwise : found;
    } catch (error) { return otherwise; }
  }

  function save(name, value) {
    try { localStorage.setItem(PREFIX + name, JSON.stringify(value)); } catch (error) { /* full or private: nothing is kept */ }
  }

  function list(name) {
    const found = load(name, []);
    return Array.isArray(found) ? found.filter(function (one) { return one && typeof one.id === "string"; }) : [];
  }

  /* Put a place on top of a list; of each work only the newest is kept. */
  function remember(place) {
    const others = list("places").filter(function (one) { return one.id !== place.id; });
    save("places", [place].concat(others).slice(0, MOST));
  }

  function forget() {
    ["localStorage", "sessionStorage"].forEach(function (name) {
      try {
        const store = window[name];
        Object.keys(store).forEach(function (key) { if (key.indexOf(PREFIX) === 0) { store.removeItem(key); } });
      } catch (error) { /* nothing was kept */ }
    });
    document.dispatchEvent(new CustomEvent("diemdoc:forget"));
  }

  /* The address of a place, for a link. */
  function address(place) {
    const number = Number(place.number) || 1;
    const path = (place.kind === "listen" ? "/listen/" : "/read/") + encodeURIComponent(place.id) + "/" + number;
    const view = place.view === "text" ? "?view=text" : "";
    const at = Number(place.spot) || 0;
    return path + view + (at > 0 ? "#at=" + at : "");
  }

  /* The place that the address names, or null. */
  function asked() {
    const found = /^#at=(\d{1,6}(?:\.\d{1,4})?)$/.exec(location.hash);
    return found ? Number(found[1]) : null;
  }

  const leaving = [];

  function on(target, type, listener, options) {
    target.addEventListener(type, listener, options);
    leaving.push(function () { target.removeEventListener(type, listener, options); });
  }

  window.diemdoc = window.diemdoc || {};
  Object.assign(window.diemdoc, {
    load: load, save: save, list: list, remember: remember, forget: forget, address: address, asked: asked, on: on,
    leave: function () { leaving.splice(0).forEach(function (end) { end(); }); }
  });
})();
