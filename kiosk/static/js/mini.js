/* The small player at the foot of every other page while a work is open: what sounds, stop and go,
   back to the player, away with it. Its markup and words are a template of the page. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc, sound = diemdoc.sound;
  if (!sound || document.querySelector("[data-mini]")) { return; }
  let box = null;

  function make() {
    const template = document.querySelector("[data-mini-template]");
    if (!template) { return null; }
    const made = document.importNode(template.content, true).firstElementChild;
    made.querySelector("[data-mini-toggle]").addEventListener("click", sound.toggle);
    made.querySelector("[data-mini-back]").addEventListener("click", function () { sound.skip(-15); });
    made.querySelector("[data-mini-close]").addEventListener("click", sound.close);
    document.body.appendChild(made);
    return made;
  }

  function draw() {
    const work = sound.isOn() ? sound.work() : null, player = document.querySelector("[data-player]");
    const isHere = player && work && player.getAttribute("data-id") === work.id;
    if (work && !box) { box = make(); }
    if (!box) { return; }
    const shown = Boolean(work && !isHere);
    box.hidden = !shown;
    document.body.classList.toggle("with-mini", shown);
    if (!shown) { return; }
    const link = box.querySelector("[data-mini-link]"), toggle = box.querySelector("[data-mini-toggle]");
    const track = work.tracks[sound.number() - 1];
    link.href = "/listen/" + encodeURIComponent(work.id) + "/" + sound.number();
    box.querySelector("[data-mini-title]").textContent = work.title;
    box.querySelector("[data-mini-part]").textContent = (track.title ? track.title + " · " : "") + sound.clock(sound.place());
    box.classList.toggle("playing", !sound.isPaused());
    toggle.setAttribute("aria-label", toggle.getAttribute(sound.isPaused() ? "data-play" : "data-pause"));
    const picture = box.querySelector("img");
    const thumb = String(work.thumb).replace(/^https?:\/\/[^/]+(?=\/content\/)/, "");
    if (/^\/(content|cover)\//.test(thumb) && picture.getAttribute("src") !== thumb) { picture.src = thumb; }
  }

  document.addEventListener("diemdoc:sound", draw);
  document.addEventListener("diemdoc:page", draw);
  draw();
})();
