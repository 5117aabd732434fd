/* The page of the player: its buttons drive the sound (sound.js) and show what it does.
   Without this file the browser's own controls play each part. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc, sound = diemdoc.sound, on = diemdoc.on;
  const box = document.querySelector("[data-player]");
  if (!box || !sound) { return; }
  const find = function (name) { return box.querySelector("[data-" + name + "]"); };
  const data = function (name) { return box.getAttribute("data-" + name); };
  const seek = find("seek"), toggle = find("toggle"), say = find("say"), play = toggle.getAttribute("aria-label");
  const work = {
    id: data("id"), title: data("title"), by: data("by"), cover: data("cover"), thumb: data("thumb"),
    tracks: JSON.parse(document.querySelector("[data-tracks]").textContent)
  };
  let dragging = false, shown = 0;

  function isOurs() { return sound.work() && sound.work().id === work.id; }

  function showTrack() {
    shown = sound.number();
    find("track-title").textContent = work.tracks[shown - 1].title || work.title;
    document.querySelectorAll(".tracks [data-track]").forEach(function (link) {
      if (Number(link.getAttribute("data-track")) === shown) { link.setAttribute("aria-current", "true"); }
      else { link.removeAttribute("aria-current"); }
    });
    document.querySelectorAll(".turn [data-track]").forEach(function (link) {
      const to = shown + (link.rel === "next" ? 1 : -1);
      link.hidden = !work.tracks[to - 1];
      link.setAttribute("data-track", to);
      link.href = "/listen/" + encodeURIComponent(work.id) + "/" + to;
    });
    const part = document.querySelector("[data-part-of]");
    if (part) { part.textContent = part.getAttribute("data-part-of").replace("#", shown); }
    history.replaceState(history.state, "", "/listen/" + encodeURIComponent(work.id) + "/" + shown);
    showMark();
  }

  function show() {
    if (!isOurs()) { return; }
    const whole = sound.length(), now = sound.place(), paused = sound.isPaused();
    if (sound.number() !== shown) { showTrack(); }
    find("now").textContent = sound.clock(dragging ? seek.value / 1000 * whole : now);
    find("length").textContent = sound.clock(whole);
    if (!dragging) { seek.value = whole ? Math.round(now / whole * 1000) : 0; }
    seek.setAttribute("aria-valuetext", sound.clock(now) + " / " + sound.clock(whole));
    box.classList.toggle("playing", !paused);
    toggle.setAttribute("aria-label", paused ? play : toggle.getAttribute("data-pause"));
    find("speed").value = String(sound.speed());
    if (find("sleep").value !== sound.sleeping()) { find("sleep").value = sound.sleeping(); }
    say.className = sound.hasFailed() ? "told" : "hidden";
    say.textContent = sound.hasFailed() ? data("failed") : "";
  }

  on(document, "diemdoc:sound", show);
  on(toggle, "click", function () { if (isOurs()) { sound.toggle(); } });
  box.querySelectorAll("[data-skip]").forEach(function (button) {
    on(button, "click", function () { sound.skip(Number(button.getAttribute("data-skip"))); });
  });
  on(seek, "input", function () { dragging = true; show(); });
  on(seek, "change", function () { dragging = false; sound.seek(seek.value / 1000 * sound.length()); });
  on(find("speed"), "change", function () { sound.speed(Number(this.value)); });
  on(find("sleep"), "change", function () { sound.sleep(this.value); });
  on(document, "click", function (event) {
    const link = event.target.closest("[data-track]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      sound.open(work, Number(link.getAttribute("data-track")), 0, true);
      window.scrollTo(0, 0);
    }
  });
  on(document, "keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, button, a, summary")) { return; }
    if (event.key === " ") { event.preventDefault(); sound.toggle(); }
    else if (event.key === "ArrowLeft") { sound.skip(-15); }
    else if (event.key === "ArrowRight") { sound.skip(15); }
  });

  /* Bookmarks: any number in a part, each at a second. */
  const button = document.querySelector("[data-mark]"), words = button.querySelector("span"), unmarked = words.textContent;
  function here(one) { return one.id === work.id && one.kind === "listen" && one.number === sound.number() && Math.abs(one.spot - sound.place()) < 5; }
  function showMark() {
    const is = isOurs() && diemdoc.list("marks").some(here);
    button.setAttribute("aria-pressed", String(is));
    words.textContent = is ? button.getAttribute("data-marked") : unmarked;
  }
  on(button, "click", function () {
    const marks = diemdoc.list("marks"), others = marks.filter(function (one) { return !here(one); });
    const made = {
      id: work.id, kind: "listen", number: sound.number(), spot: Math.floor(sound.place()), title: work.title, cover: work.thumb,
      where: (work.tracks[sound.number() - 1].title || sound.number()) + " · " + sound.clock(sound.place())
    };
    diemdoc.save("marks", others.length < marks.length ? others : [made].concat(others).slice(0, 100));
    document.dispatchEvent(new CustomEvent("diemdoc:marks"));
  });
  on(document, "diemdoc:marks", showMark);
  on(document, "diemdoc:sound", showMark);
  button.hidden = false;

  const code = document.querySelector("[data-qr]");
  if (code) {
    on(code.closest("details"), "toggle", function () {
      code.src = "/qr.svg?to=" + encodeURIComponent("/listen/" + work.id + "/" + sound.number() + "#at=" + Math.floor(sound.place()));
    });
  }

  const plain = find("audio");
  plain.parentNode.removeChild(plain);
  find("controls").hidden = false;
  const number = Number(data("number")), asked = diemdoc.asked();
  const known = diemdoc.list("places").filter(function (one) { return one.id === work.id && one.number === number; })[0];
  const second = asked !== null ? asked : known ? Number(known.spot) || 0 : 0;
  /* Back at what sounds already: it goes on as it is. */
  if (!(isOurs() && sound.number() === number && asked === null)) { sound.open(work, number, second, false); }
  showTrack();
  show();
})();
