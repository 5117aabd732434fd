/* The bar over an archive's page: back goes back inside it, letters change without leaving it.
   Without this file both lead to pages of ours. */
(function () {
  "use strict";
  var SIZES = ["normal", "large", "larger"];
  var back = document.querySelector("[data-back]");
  var letters = document.querySelector("[data-letters]");
  var first = history.length;
  if (!back || !letters) { return; }

  back.addEventListener("click", function (event) {
    /* Pages turned inside the frame lengthen the history of the whole window. */
    if (history.length > first) {
      event.preventDefault();
      history.back();
    }
  });

  letters.setAttribute("role", "button");
  letters.addEventListener("keydown", function (event) {
    /* A button is pressed with the space bar too, a link is not. */
    if (event.key === " ") { event.preventDefault(); letters.click(); }
  });
  letters.addEventListener("click", function (event) {
    event.preventDefault();
    var root = document.documentElement;
    var now = 0;
    SIZES.forEach(function (size, place) {
      if (root.classList.contains("text-" + size)) { now = place; }
    });
    var next = SIZES[(now + 1) % SIZES.length];
    root.classList.remove("text-" + SIZES[now]);
    root.classList.add("text-" + next);
    var request = new XMLHttpRequest();
    request.open("POST", "/display/text/" + next);
    request.send();
  });
})();
