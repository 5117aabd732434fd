/* Suggestions under the search box while typing. Without this file the box is a plain form.
   Syntax and interfaces of Chrome 60 and Safari 11 only. */
(function () {
  "use strict";
  var WAIT_MS = 150;

  function start(input) {
    var list = document.createElement("ul");
    var timer = 0, asked = "", chosen = -1;
    list.className = "suggestions";
    list.id = input.id + "-suggestions";
    list.setAttribute("role", "listbox");
    list.hidden = true;
    input.form.appendChild(list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");

    function close() {
      list.hidden = true;
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function take(words) {
      input.value = words;
      close();
      input.form.submit();
    }

    function show(found) {
      list.textContent = "";
      found.forEach(function (words, number) {
        var item = document.createElement("li");
        item.id = list.id + "-" + number;
        item.textContent = words;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.addEventListener("mousedown", function (event) {
          event.preventDefault();
          take(words);
        });
        list.appendChild(item);
      });
      chosen = -1;
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
    }

    function ask() {
      var words = input.value.trim();
      if (words.length < 2) { asked = ""; close(); return; }
      if (words === asked) { return; }
      asked = words;
      fetch(input.getAttribute("data-suggest") + "?q=" + encodeURIComponent(words))
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (found) { if (asked === words && document.activeElement === input) { show(found); } })
        .catch(close);
    }

    function mark(step) {
      var items = list.children;
      if (list.hidden || !items.length) { return; }
      if (chosen >= 0) { items[chosen].setAttribute("aria-selected", "false"); }
      chosen = (chosen + step + items.length) % items.length;
      items[chosen].setAttribute("aria-selected", "true");
      input.setAttribute("aria-activedescendant", items[chosen].id);
    }

    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    input.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown") { mark(1); event.preventDefault(); }
      else if (event.key === "ArrowUp") { mark(chosen < 0 ? 0 : -1); event.preventDefault(); }
      else if (event.key === "Escape") { close(); }
      else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        take(list.children[chosen].textContent);
      }
    });
    input.addEventListener("blur", close);
  }

  if (window.fetch) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-suggest]"), start);
  }
})();
