/* What this phone was reading and has marked: shown on shelves, resumed from a record, forgotten on
   demand. Both lists live in this phone's storage only and never leave it. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc;
  const MOST_ON_A_SHELF = 12;

  /* A picture's address without the archive server's name, which may be another today: the app
     sends it too. */
  function pathOf(address) { return String(address).replace(/^https?:\/\/[^/]+(?=\/content\/)/, ""); }

  function isOurs(address) { return /^\/(content|cover)\/[^\\]*$/.test(address); }

  function make(tag, name, words) {
    const made = document.createElement(tag);
    if (name) { made.className = name; }
    if (words) { made.textContent = words; }
    return made;
  }

  function card(place) {
    const item = make("li", "card"), link = make("a");
    const cover = make("span", "card-cover"), picture = make("img", "cover");
    link.href = diemdoc.address(place);
    picture.alt = "";
    if (isOurs(pathOf(place.cover))) { picture.src = pathOf(place.cover); }
    cover.appendChild(picture);
    link.appendChild(cover);
    link.appendChild(make("span", "card-title", String(place.title || place.id)));
    link.appendChild(make("span", "card-by", String(place.where || "")));
    item.appendChild(link);
    return item;
  }

  function mark(place, list) {
    const item = make("li"), link = make("a", "", String(place.title || place.id));
    const where = make("span", "quiet", " " + String(place.where || ""));
    const away = make("button", "plain", "✕");
    const words = list.getAttribute("data-remove") + ": " + link.textContent + where.textContent;
    link.href = diemdoc.address(place);
    link.appendChild(where);
    away.type = "button";
    away.setAttribute("aria-label", words);
    away.addEventListener("click", function () {
      diemdoc.save("marks", diemdoc.list("marks").filter(function (one) { return diemdoc.address(one) !== diemdoc.address(place); }));
      document.dispatchEvent(new CustomEvent("diemdoc:marks"));
    });
    item.appendChild(link);
    item.appendChild(away);
    return item;
  }

  function draw() {
    const places = diemdoc.list("places"), marks = diemdoc.list("marks");
    const section = document.querySelector("[data-continue]");
    if (section) {
      const row = section.querySelector("[data-continue-row]");
      row.textContent = "";
      places.slice(0, MOST_ON_A_SHELF).forEach(function (place) { row.appendChild(card(place)); });
      section.hidden = !places.length;
    }
    document.querySelectorAll("[data-marks]").forEach(function (box) {
      const list = box.querySelector("[data-marks-list]"), only = box.getAttribute("data-only");
      const shown = marks.filter(function (place) { return !only || place.id === only; });
      list.textContent = "";
      shown.forEach(function (place) { list.appendChild(mark(place, list)); });
      box.hidden = !shown.length;
    });
    const nothing = document.querySelector("[data-nothing]");
    if (nothing) { nothing.hidden = Boolean(places.length || marks.length); }
    document.querySelectorAll("[data-resume]").forEach(function (link) {
      places.forEach(function (place) {
        if (place.id === link.getAttribute("data-resume")) { link.href = diemdoc.address(place); }
      });
    });
  }

  draw();
  diemdoc.on(document, "diemdoc:marks", draw);
  document.querySelectorAll("[data-forget]").forEach(function (form) {
    diemdoc.on(form, "submit", diemdoc.forget);
  });
})();
