/* What this phone was reading: shown on the front page, resumed from a record, forgotten on demand.
   The list lives in this phone's storage only and never leaves it. */
(function () {
  "use strict";
  var KEY = "diemdoc.places", MOST = 12;

  function load() {
    try {
      var found = JSON.parse(localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found : [];
    } catch (error) { return []; }
  }

  /* A picture's address without the archive server's name, which may be another today: the app
     sends it too. */
  function pathOf(address) { return address.replace(/^https?:\/\/[^\/]+(?=\/content\/)/, ""); }

  function isOurs(address) { return /^\/(content|cover)\/[^\\]*$/.test(address); }

  function card(place) {
    var item = document.createElement("li"), link = document.createElement("a");
    var cover = document.createElement("span"), picture = document.createElement("img");
    var title = document.createElement("span"), where = document.createElement("span");
    item.className = "card";
    link.href = (place.kind === "listen" ? "/listen/" : "/read/") + encodeURIComponent(place.id) + "/" + Number(place.number);
    cover.className = "card-cover";
    picture.className = "cover";
    picture.alt = "";
    var drawn = pathOf(String(place.cover));
    if (isOurs(drawn)) { picture.src = drawn; }
    cover.appendChild(picture);
    title.className = "card-title";
    title.textContent = place.title;
    where.className = "card-by";
    where.textContent = place.where || "";
    link.appendChild(cover);
    link.appendChild(title);
    link.appendChild(where);
    item.appendChild(link);
    return item;
  }

  var section = document.querySelector("[data-continue]");
  var places = load();
  if (section && places.length) {
    var row = section.querySelector("[data-continue-row]");
    places.slice(0, MOST).forEach(function (place) { row.appendChild(card(place)); });
    section.hidden = false;
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-resume]"), function (link) {
    places.forEach(function (place) {
      if (place.id === link.getAttribute("data-resume")) {
        link.href = (place.kind === "listen" ? "/listen/" : "/read/") + encodeURIComponent(place.id) + "/" + Number(place.number);
      }
    });
  });

  Array.prototype.forEach.call(document.querySelectorAll("[data-forget]"), function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      try { localStorage.removeItem(KEY); } catch (error) { /* nothing was kept */ }
      button.disabled = true;
      location.href = "/";
    });
  });
})();
