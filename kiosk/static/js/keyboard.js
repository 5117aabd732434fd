/* The keyboard on the touch screen: four rows of large keys, Vietnamese by Telex (telex.js), keys of
   their own for the tones, so that nobody has to know Telex. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc;
  const setup = document.querySelector("[data-touch]");
  if (!setup || diemdoc.keyboard) { return; }
  const words = JSON.parse(setup.getAttribute("data-keys"));
  /* A key is its letter, or [what is shown, what it does, how many columns of eleven, its name]. */
  const LETTERS = [
    ["q", "w", "e", "r", "t", "y", "u", "i", "o", "p", ["⌫", "delete", 1, words.delete]],
    ["a", "s", "d", "f", "g", "h", "j", "k", "l", ["á", "+s", 1, words.acute], ["à", "+f", 1, words.grave]],
    [["⇧", "shift", 1, words.shift], "z", "x", "c", "v", "b", "n", "m", ["ả", "+r", 1, words.hook], ["ã", "+x", 1, words.tilde], ["ạ", "+j", 1, words.dot]],
    [["123", "numbers", 1, words.numbers], ["đ", "+d", 1, words.stroke], ["â ê ô", "hat", 1, words.hat], ["ă ơ ư", "+w", 1, words.horn],
      [words.spaceShown, "space", 4, words.space], [words.enterShown, "enter", 2, words.enter], ["▼", "hide", 1, words.hide]]
  ];
  const NUMBERS = [
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", ["⌫", "delete", 1, words.delete]],
    ["-", "/", ":", ";", "(", ")", "&", "@", "\"", "'", "!"],
    [".", ",", "?", "%", "+", "=", "#", "*", "_", "“", "”"],
    [["abc", "letters", 2, words.letters], [words.spaceShown, "space", 6, words.space], [words.enterShown, "enter", 2, words.enter], ["▼", "hide", 1, words.hide]]
  ];
  const HATS = { a: "a", e: "e", o: "o", "ă": "a", "ơ": "o", "â": "a", "ê": "e", "ô": "o" };
  let input = null, box = null, isLarge = false, rows = LETTERS;

  function write(text) {
    const end = input.selectionEnd;
    input.value = text + input.value.slice(end);
    input.setSelectionRange(text.length, text.length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function before() { return input.value.slice(0, input.selectionStart); }

  /* The last vowel that takes a hat, as its Telex key. */
  function hat() {
    const plain = before().normalize("NFD").replace(/[\u0300\u0301\u0303\u0309\u0323]/g, "").normalize("NFC").toLowerCase();
    const found = /[aeoăơâêô](?=[^aeoăơâêô\s]*$)/.exec(plain);
    return found ? HATS[found[0]] : "";
  }

  function press(action) {
    if (action === "delete") {
      const text = before();
      write(input.selectionStart === input.selectionEnd ? text.slice(0, -1) : text);
    } else if (action === "space") { write(before() + " "); }
    else if (action === "enter") { const form = input.form; hide(); if (form) { form.submit(); } }
    else if (action === "hide") { input.blur(); hide(); }
    else if (action === "shift") { isLarge = !isLarge; draw(); }
    else if (action === "numbers" || action === "letters") { rows = action === "numbers" ? NUMBERS : LETTERS; draw(); }
    else if (action === "hat") { const key = hat(); if (key) { write(diemdoc.telex.type(before(), key)); } }
    else if (action[0] === "+" && action.length > 1) { write(diemdoc.telex.type(before(), action[1])); }
    else {
      write(diemdoc.telex.type(before(), isLarge ? action.toUpperCase() : action));
      if (isLarge) { isLarge = false; draw(); }
    }
  }

  /* The last key says what it does: it searches, or it is done with what staff typed. */
  function named(key) {
    return key[1] === "enter" && input.type !== "search" ? [words.done, "enter", key[2], words.done] : key;
  }

  function draw() {
    box.textContent = "";
    rows.forEach(function (row) {
      row.map(named).forEach(function (key) {
        const isLetter = typeof key === "string", made = document.createElement("button");
        made.type = "button";
        made.className = "key" + (isLetter ? "" : " key-" + key[2] + " key-" + (key[1][0] === "+" || key[1] === "hat" ? "mark" : key[1]));
        made.textContent = isLetter ? (isLarge ? key.toUpperCase() : key) : key[0];
        if (!isLetter) { made.setAttribute("aria-label", /^\w+$/.test(key[0]) ? key[0] + ": " + key[3] : key[3]); }
        if (key[1] === "shift") { made.setAttribute("aria-pressed", String(isLarge)); }
        made.setAttribute("data-key", isLetter ? key : key[1]);
        box.appendChild(made);
      });
    });
  }

  function hide() {
    if (box) { box.hidden = true; }
    document.documentElement.classList.remove("with-keyboard");
  }

  function show(field) {
    input = field;
    if (!box || !document.body.contains(box)) {
      box = document.createElement("div");
      box.className = "keyboard";
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", words.keyboard);
      /* The field keeps the focus: its caret is where letters go. */
      box.addEventListener("mousedown", function (event) { event.preventDefault(); });
      box.addEventListener("click", function (event) {
        const key = event.target.closest("[data-key]");
        event.stopPropagation();
        if (key) { press(key.getAttribute("data-key")); }
      });
      document.body.appendChild(box);
    }
    rows = field.getAttribute("inputmode") === "numeric" || field.hasAttribute("data-numeric") ? NUMBERS : LETTERS;
    if (rows === NUMBERS) { field.setAttribute("data-numeric", ""); }
    draw();
    field.setAttribute("inputmode", "none");
    box.hidden = false;
    document.documentElement.classList.add("with-keyboard");
    field.scrollIntoView({ block: "nearest" });
  }

  function takesText(field) { return field.tagName === "INPUT" && /^(search|text|password|)$/.test(field.getAttribute("type") || ""); }

  document.addEventListener("focusin", function (event) {
    if (takesText(event.target)) { show(event.target); } else if (box && !box.contains(event.target)) { hide(); }
  });
  /* The page moves when the keys come: what counts is where the finger came down. */
  let began = null;
  document.addEventListener("mousedown", function (event) { began = event.target; });
  document.addEventListener("click", function () {
    if (!began || (box && box.contains(began))) { return; }
    if (!takesText(began)) { hide(); } else if (!box || box.hidden) { show(began); }
  });
  document.addEventListener("diemdoc:page", hide);
  /* A field that had the focus before this ran. */
  if (document.activeElement && takesText(document.activeElement)) { show(document.activeElement); }
  diemdoc.keyboard = { hide: hide };
})();
