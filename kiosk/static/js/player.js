/* The player: big buttons, chapters inside shared files, speed, sleep timer, the place remembered.
   Without this file the browser's own controls play each part. */
(function () {
  "use strict";
  var KEY = "diemdoc.places", MOST = 12;
  var box = document.querySelector("[data-player]");
  if (!box) { return; }
  var audio = box.querySelector("[data-audio]");
  var tracks = JSON.parse(document.querySelector("[data-tracks]").textContent);
  var id = box.getAttribute("data-id"), current = Number(box.getAttribute("data-number")) - 1;
  var find = function (name) { return box.querySelector("[data-" + name + "]"); };
  var seek = find("seek"), toggle = find("toggle"), say = find("say");
  var source = null, waiting = null, sleepTimer = 0, stamp = 0, dragging = false, over = false;

  function clock(seconds) {
    var whole = Math.max(0, Math.round(seconds)), hours = Math.floor(whole / 3600);
    var minutes = Math.floor(whole % 3600 / 60), left = String(whole % 60).padStart(2, "0");
    return hours ? hours + ":" + String(minutes).padStart(2, "0") + ":" + left : minutes + ":" + left;
  }

  function load() {
    try {
      var found = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (error) { return []; }
  }

  function length() {
    var known = tracks[current].duration;
    if (source && source.end) { return source.end - source.start; }
    return known || (isFinite(audio.duration) ? audio.duration : 0);
  }

  function place() { return source ? Math.max(0, audio.currentTime - source.start) : 0; }

  function remember() {
    var kept = load().filter(function (one) { return one.id !== id; });
    kept.unshift({
      id: id, kind: "listen", number: current + 1, second: Math.floor(place()),
      title: box.getAttribute("data-title"), cover: box.getAttribute("data-thumb"),
      where: tracks[current].title || ""
    });
    try { localStorage.setItem(KEY, JSON.stringify(kept.slice(0, MOST))); } catch (error) { /* full or private: nothing is kept */ }
  }

  function choose(track) {
    for (var number = 0; number < track.sounds.length; number++) {
      if (audio.canPlayType(track.sounds[number].type)) { return track.sounds[number]; }
    }
    return track.sounds[0];
  }

  function open(number, second, play) {
    var sound = choose(tracks[number]);
    var same = source && source.src === sound.src;
    current = number;
    source = sound;
    over = false;
    if (!same) {
      waiting = sound.start + second;
      audio.src = sound.src;
      audio.load();
    } else { audio.currentTime = sound.start + second; }
    if (play) { start(); }
    box.querySelector("[data-track-title]").textContent = tracks[number].title || box.getAttribute("data-title");
    Array.prototype.forEach.call(document.querySelectorAll(".tracks [data-track]"), function (link) {
      if (Number(link.getAttribute("data-track")) === number + 1) { link.setAttribute("aria-current", "true"); }
      else { link.removeAttribute("aria-current"); }
    });
    if (window.history.replaceState) { history.replaceState(null, "", "/listen/" + encodeURIComponent(id) + "/" + (number + 1)); }
    session();
    show();
  }

  function start() {
    var promise = audio.play();
    if (promise) { promise.catch(function (error) { if (error.name !== "AbortError") { say.textContent = box.getAttribute("data-failed"); say.className = "state"; } }); }
  }

  function show() {
    var whole = length();
    find("now").textContent = clock(place());
    find("length").textContent = clock(whole);
    if (!dragging) { seek.value = whole ? Math.round(place() / whole * 1000) : 0; }
    seek.setAttribute("aria-valuetext", clock(place()) + " / " + clock(whole));
  }

  function finish() {
    if (over) { return; }
    over = true;
    if (current + 1 < tracks.length) { open(current + 1, 0, true); } else { audio.pause(); }
  }

  function session() {
    if (!("mediaSession" in navigator) || !window.MediaMetadata) { return; }
    navigator.mediaSession.metadata = new MediaMetadata({
      title: tracks[current].title, album: box.getAttribute("data-title"), artist: box.getAttribute("data-by"),
      artwork: [{ src: box.getAttribute("data-cover") }]
    });
    [["play", start], ["pause", function () { audio.pause(); }], ["seekbackward", function () { skip(-15); }],
      ["seekforward", function () { skip(15); }],
      ["nexttrack", function () { if (current + 1 < tracks.length) { open(current + 1, 0, true); } }],
      ["previoustrack", function () { open(Math.max(0, current - 1), 0, true); }]].forEach(function (one) {
      try { navigator.mediaSession.setActionHandler(one[0], one[1]); } catch (error) { /* this browser knows fewer actions */ }
    });
  }

  function skip(seconds) {
    var wanted = place() + seconds;
    if (wanted < 0 && current > 0) { open(current - 1, Math.max(0, (tracks[current - 1].duration || 0) + wanted), !audio.paused); return; }
    audio.currentTime = source.start + Math.max(0, Math.min(wanted, length() || wanted));
    show();
  }

  audio.addEventListener("loadedmetadata", function () {
    if (waiting !== null) { audio.currentTime = waiting; waiting = null; }
    audio.playbackRate = Number(find("speed").value);
    show();
  });
  audio.addEventListener("timeupdate", function () {
    show();
    if (source && source.end && !audio.paused && audio.currentTime >= source.end - 0.05) { finish(); }
    if (Date.now() - stamp > 3000 && !audio.paused) { stamp = Date.now(); remember(); }
  });
  audio.addEventListener("ended", finish);
  audio.addEventListener("play", function () { box.classList.add("playing"); toggle.setAttribute("aria-label", box.getAttribute("data-pause")); remember(); });
  audio.addEventListener("pause", function () { box.classList.remove("playing"); toggle.setAttribute("aria-label", box.getAttribute("data-play")); remember(); });
  toggle.addEventListener("click", function () { if (audio.paused) { start(); } else { audio.pause(); } });
  Array.prototype.forEach.call(box.querySelectorAll("[data-skip]"), function (button) {
    button.addEventListener("click", function () { skip(Number(button.getAttribute("data-skip"))); });
  });
  seek.addEventListener("input", function () { dragging = true; find("now").textContent = clock(seek.value / 1000 * length()); });
  seek.addEventListener("change", function () { dragging = false; audio.currentTime = source.start + seek.value / 1000 * length(); });
  find("speed").addEventListener("change", function () { audio.playbackRate = Number(this.value); });
  find("sleep").addEventListener("change", function () {
    var select = this, minutes = Number(select.value);
    clearTimeout(sleepTimer);
    if (minutes) { sleepTimer = setTimeout(function () { audio.pause(); select.value = "0"; }, minutes * 60000); }
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("[data-track]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      open(Number(link.getAttribute("data-track")) - 1, 0, true);
      window.scrollTo(0, 0);
    }
  });

  var second = 0;
  load().forEach(function (one) {
    if (one.id === id && one.number === current + 1) { second = Number(one.second) || 0; }
  });
  audio.controls = false;
  audio.hidden = true;
  find("controls").hidden = false;
  open(current, second, false);
})();
