/* The sound of a work: one audio element that outlives the page it was started on. Chapters inside
   shared files, speed, sleep timer, lock-screen controls, the place remembered. It draws nothing:
   player.js and mini.js show what "diemdoc:sound" tells. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc, KEY = "diemdoc.sounding", SKIP_S = 15, REMEMBER_MS = 3000;
  const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
  if (diemdoc.sound) { return; }
  const audio = new Audio();
  let work = null, number = 1, source = null, waiting = null, over = false;
  let stamp = 0, failed = false, heard = false, sleepTimer = 0, sleeping = "0", speed = Number(diemdoc.load("speed", 1));
  if (SPEEDS.indexOf(speed) < 0) { speed = 1; }
  /* Nothing is fetched before somebody presses play: metadata of a long recording are megabytes. */
  audio.preload = "none";

  function track() { return work.tracks[number - 1]; }

  function place() {
    if (waiting !== null) { return waiting - source.start; }
    return source ? Math.max(0, audio.currentTime - source.start) : 0;
  }

  function length() {
    if (source && source.end) { return source.end - source.start; }
    return track().duration || (isFinite(audio.duration) ? audio.duration : 0);
  }

  function tell() { document.dispatchEvent(new CustomEvent("diemdoc:sound")); }

  /* The place on this phone, and what another page needs to go on with it. */
  function remember() {
    if (!work || !heard) { return; }
    diemdoc.remember({
      id: work.id, kind: "listen", number: number, spot: Math.floor(place()), title: work.title,
      cover: work.thumb, where: track().title || number + " / " + work.tracks.length
    });
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ work: work, number: number, spot: place(), playing: !audio.paused }));
    } catch (error) { /* full or private: another page begins anew */ }
  }

  function choose(sounds) {
    return sounds.filter(function (one) { return audio.canPlayType(one.type); })[0] || sounds[0];
  }

  function open(wanted, part, second, play) {
    const sound = choose(wanted.tracks[part - 1].sounds), same = source && source.src === sound.src && !failed;
    work = wanted;
    number = part;
    source = sound;
    over = failed = false;
    if (same && audio.readyState > 0) { audio.currentTime = sound.start + second; waiting = null; }
    else {
      waiting = sound.start + second;
      if (!same) { audio.src = sound.src; }
    }
    if (play) { start(); }
    session();
    tell();
  }

  function start() {
    const promise = audio.play();
    if (promise) {
      promise.catch(function (error) {
        failed = error.name === "NotSupportedError";
        tell();
      });
    }
  }

  function finish() {
    if (over) { return; }
    over = true;
    if (sleeping === "part") { sleep("0"); audio.pause(); }
    else if (number < work.tracks.length) { open(work, number + 1, 0, true); }
    else { audio.pause(); }
  }

  function seek(second) {
    over = false;
    const wanted = source.start + Math.max(0, Math.min(second, length() || second));
    if (audio.readyState > 0) { audio.currentTime = wanted; } else { waiting = wanted; }
    tell();
  }

  function skip(seconds) {
    const wanted = place() + seconds, plays = !audio.paused;
    if (wanted < 0 && number > 1) {
      open(work, number - 1, Math.max(0, (work.tracks[number - 2].duration || 0) + wanted), plays);
    } else if (wanted >= length() && length() && number < work.tracks.length) {
      open(work, number + 1, 0, plays);
    } else { seek(wanted); }
  }

  /* minutes as text, "part" for the end of this part, "0" for never. */
  function sleep(value) {
    clearTimeout(sleepTimer);
    sleeping = value;
    if (Number(value) > 0) { sleepTimer = setTimeout(function () { sleeping = "0"; audio.pause(); tell(); }, Number(value) * 60000); }
  }

  function close() {
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
    work = source = waiting = null;
    heard = false;
    sleep("0");
    try { sessionStorage.removeItem(KEY); } catch (error) { /* nothing was kept */ }
    if ("mediaSession" in navigator) { navigator.mediaSession.metadata = null; }
    tell();
  }

  function step(by) { if (work.tracks[number - 1 + by]) { open(work, number + by, 0, !audio.paused); } else if (by < 0) { seek(0); } }

  function session() {
    if (!("mediaSession" in navigator) || !window.MediaMetadata) { return; }
    navigator.mediaSession.metadata = new MediaMetadata({
      title: track().title || work.title, album: work.title, artist: work.by, artwork: [{ src: work.cover }]
    });
    const actions = {
      play: start, pause: function () { audio.pause(); }, stop: close,
      seekbackward: function (event) { skip(-((event && event.seekOffset) || SKIP_S)); },
      seekforward: function (event) { skip((event && event.seekOffset) || SKIP_S); },
      seekto: function (event) { seek(event.seekTime); },
      nexttrack: function () { step(1); }, previoustrack: function () { step(-1); }
    };
    Object.keys(actions).forEach(function (name) {
      try { navigator.mediaSession.setActionHandler(name, actions[name]); } catch (error) { /* this browser knows fewer actions */ }
    });
  }

  function position() {
    if (!("mediaSession" in navigator) || !navigator.mediaSession.setPositionState || !length()) { return; }
    navigator.mediaSession.setPositionState({ duration: length(), playbackRate: speed, position: Math.min(place(), length()) });
  }

  audio.addEventListener("loadedmetadata", function () {
    if (waiting !== null) { audio.currentTime = waiting; waiting = null; }
    audio.playbackRate = speed;
    tell();
  });
  audio.addEventListener("timeupdate", function () {
    if (!work) { return; }
    if (source.end && !audio.paused && audio.currentTime >= source.end - 0.05) { finish(); }
    if (Date.now() - stamp > REMEMBER_MS && !audio.paused) { stamp = Date.now(); remember(); position(); }
    tell();
  });
  audio.addEventListener("ended", finish);
  audio.addEventListener("error", function () { if (work) { failed = true; tell(); } });
  ["play", "pause"].forEach(function (type) {
    audio.addEventListener(type, function () { heard = heard || type === "play"; remember(); tell(); });
  });
  window.addEventListener("pagehide", remember);
  document.addEventListener("diemdoc:forget", close);

  diemdoc.sound = {
    open: open, skip: skip, seek: seek, sleep: sleep, close: close, step: step,
    toggle: function () { if (audio.paused) { start(); } else { audio.pause(); } },
    work: function () { return work; },
    /* Whether it sounds, or did: a player that was only looked at is left behind. */
    isOn: function () { return Boolean(work && heard); },
    number: function () { return number; },
    place: place, length: length,
    isPaused: function () { return audio.paused; },
    hasFailed: function () { return failed; },
    sleeping: function () { return sleeping; },
    speed: function (wanted) {
      if (wanted) { speed = audio.playbackRate = wanted; diemdoc.save("speed", wanted); }
      return speed;
    },
    clock: function (seconds) {
      const whole = Math.max(0, Math.round(seconds)), hours = Math.floor(whole / 3600);
      const two = function (one) { return String(one).padStart(2, "0"); };
      const minutes = Math.floor(whole % 3600 / 60);
      return (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(whole % 60);
    }
  };

  /* A page that was left the usual way while something played. */
  if (!document.querySelector("[data-player]")) {
    try {
      const was = JSON.parse(sessionStorage.getItem(KEY));
      if (was && was.work && was.work.tracks[was.number - 1]) { heard = true; open(was.work, was.number, was.spot, was.playing); }
    } catch (error) { /* nothing to take up */ }
  }
})();
