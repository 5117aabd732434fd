/* Comfort of the staff console: how far a task is, how far a file is, this phone's time, printing. */
(function () {
  "use strict";
  var EVERY_MS = 2000;

  /* A task: ask how far it is; when it ends the page comes anew with its result. */
  function watch(panel) {
    var bar = panel.querySelector("[data-task-bar]");
    var step = panel.querySelector("[data-task-step]");
    function look() {
      var request = new XMLHttpRequest();
      request.open("GET", "/staff/task");
      request.onload = function () {
        var told = null;
        try { told = JSON.parse(request.responseText); } catch (error) { told = null; }
        if (!told || !told.open || told.id !== panel.getAttribute("data-task")) {
          window.location.replace(window.location.pathname);
          return;
        }
        if (told.percent === null) { bar.removeAttribute("value"); } else { bar.value = told.percent; }
        step.textContent = told.step;
        window.setTimeout(look, EVERY_MS);
      };
      request.onerror = function () { window.setTimeout(look, EVERY_MS); };
      request.send();
    }
    window.setTimeout(look, EVERY_MS);
  }

  /* A file: refuse at once what has no room, show how much is sent. */
  function upload(form) {
    var input = form.querySelector("input[type=file]");
    var bar = form.querySelector("[data-upload-bar]");
    var tooLarge = form.querySelector("[data-too-large]");
    form.addEventListener("submit", function (event) {
      var file = input.files && input.files[0];
      var request = new XMLHttpRequest();
      if (!file) { return; }
      event.preventDefault();
      tooLarge.hidden = file.size <= Number(form.getAttribute("data-room"));
      if (!tooLarge.hidden) { return; }
      form.querySelector("button").disabled = true;
      bar.hidden = false;
      request.upload.onprogress = function (sent) { bar.value = 100 * sent.loaded / sent.total; };
      request.onload = function () { window.location.assign(request.responseURL || "/staff/books"); };
      request.onerror = request.onload;
      request.open("POST", form.action);
      request.send(new FormData(form));
    });
  }

  Array.prototype.forEach.call(document.querySelectorAll("[data-task]"), watch);
  Array.prototype.forEach.call(document.querySelectorAll("[data-upload]"), upload);
  Array.prototype.forEach.call(document.querySelectorAll("[data-clock]"), function (form) {
    form.hidden = false;
    form.addEventListener("submit", function () {
      form.elements.seconds.value = String(Math.round(Date.now() / 1000));
    });
  });
  Array.prototype.forEach.call(document.querySelectorAll("[data-print]"), function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
}());
