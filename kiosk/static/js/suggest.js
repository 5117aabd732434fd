/* Suggestions under the search box while typing. Without this file the box is a plain form.
   The pattern is ARIA's combobox with a list; words and icons of the kinds come from the page.
   Syntax and interfaces of Chrome 60 and Safari 11 only. */
(function () {
  "use strict";
  var WAIT_MS = 150;

  function drawing(path) {
    var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    var line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.classList.add("icon");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.appendChild(line);
    return svg;
  }

  function start(input) {
    var kinds = JSON.parse(input.getAttribute("data-kinds") || "{}");
    var list = document.createElement("ul"), said = document.createElement("p");
    var timer = 0, asked = "", chosen = -1, typed = "";
    list.className = "suggestions";
    list.id = input.id + "-suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("data-list"));
    list.hidden = true;
    said.className = "hidden";
    said.setAttribute("role", "status");
    input.form.appendChild(list);
    input.form.appendChild(said);
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

    function option(found, number) {
      var item = document.createElement("li"), kind = kinds[found.kind];
      var words = document.createElement("span");
      item.id = list.id + "-" + number;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.setAttribute("data-words", found.words);
      words.textContent = found.words;
      if (kind) { item.appendChild(drawing(kind[1])); }
      item.appendChild(words);
      if (kind) {
        var name = document.createElement("small");
        name.textContent = kind[0];
        item.appendChild(name);
      }
      item.addEventListener("mousedown", function (event) {
        event.preventDefault();
        take(found.words);
      });
      return item;
    }

    function show(found) {
      list.textContent = "";
      found.forEach(function (one, number) { list.appendChild(option(one, number)); });
      chosen = -1;
      list.hidden = found.length === 0;
      input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-expanded", String(found.length > 0));
      said.textContent = found.length ? found.length + " " + input.getAttribute("data-list") : "";
    }

    function ask() {
      var words = input.value.trim();
      if (words.length < 2) { asked = ""; close(); return; }
      if (words === asked) { return; }
      asked = typed = words;
      fetch(input.getAttribute("data-suggest") + encodeURIComponent(words))
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (found) { if (asked === words && document.activeElement === input) { show(found); } })
        .catch(close);
    }

    function mark(step) {
      var items = list.children;
      if (list.hidden || !items.length) { return false; }
      if (chosen >= 0) { items[chosen].setAttribute("aria-selected", "false"); }
      chosen = chosen < 0 && step < 0 ? items.length - 1 : (chosen + step + items.length) % items.length;
      items[chosen].setAttribute("aria-selected", "true");
      if (items[chosen].scrollIntoView) { items[chosen].scrollIntoView({ block: "nearest" }); }
      input.setAttribute("aria-activedescendant", items[chosen].id);
      return true;
    }

    input.addEventListener("input", function () {
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT_MS);
    });
    input.addEventListener("keydown", function (event) {
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) { return; }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (mark(event.key === "ArrowDown" ? 1 : -1)) { event.preventDefault(); }
      } else if (event.key === "Escape" && !list.hidden) {
        input.value = typed;
        close();
        event.preventDefault();
      } else if (event.key === "Enter" && chosen >= 0) {
        event.preventDefault();
        take(list.children[chosen].getAttribute("data-words"));
      }
    });
    input.addEventListener("blur", close);
  }

  if (window.fetch) {
    Array.prototype.forEach.call(document.querySelectorAll("[data-suggest]"), start);
  }
})();
