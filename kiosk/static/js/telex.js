/* Vietnamese from plain keys: what a word becomes when one more Telex key is pressed. Only tables and
   functions of texts; touch-keyboard.js presses the keys. */
(function () {
  "use strict";
  /* Each vowel with its tones in the order of TONES; no tone first. */
  const VOWELS = [
    "aáàảãạ", "ăắằẳẵặ", "âấầẩẫậ", "eéèẻẽẹ", "êếềểễệ", "iíìỉĩị",
    "oóòỏõọ", "ôốồổỗộ", "ơớờởỡợ", "uúùủũụ", "ưứừửữự", "yýỳỷỹỵ"
  ];
  const TONES = "zsfrxj";
  /* What a key makes of a vowel. */
  const MARKS = {
    a: { a: "â", "ă": "â" }, e: { e: "ê" }, o: { o: "ô", "ơ": "ô" },
    w: { a: "ă", "â": "ă", o: "ơ", "ô": "ơ", u: "ư" }
  };
  const PLAIN = { "ă": "a", "â": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u" };
  const CODAS = ["", "c", "ch", "m", "n", "ng", "nh", "p", "t"];
  const WORD = /[a-zA-Z\u00c0-\u1ef9]+$/;

  const known = {};
  VOWELS.forEach(function (row) {
    Array.from(row).forEach(function (letter, tone) { known[letter] = { vowel: row[0], tone: tone }; });
  });

  function isVowel(letter) { return Boolean(known[letter]); }

  /* A word as letters without tone, the tone, and which letters are large. */
  function parse(word) {
    const small = word.toLowerCase();
    let tone = 0;
    const letters = Array.from(small).map(function (letter) {
      const found = known[letter];
      if (found && found.tone) { tone = found.tone; }
      return found ? found.vowel : letter;
    });
    return { letters: letters, tone: tone, large: Array.from(word).map(function (one, at) { return one !== small[at]; }) };
  }

  /* Where the vowels of the syllable begin and end; the u of qu and the i of gi are no vowels before one. */
  function nucleus(letters) {
    let end = letters.length;
    while (end > 0 && !isVowel(letters[end - 1])) { end--; }
    let start = end;
    while (start > 0 && isVowel(letters[start - 1])) { start--; }
    const before = letters[start - 1];
    const isGlide = end - start > 1 && ((before === "q" && letters[start] === "u") || (before === "g" && letters[start] === "i"));
    return { start: isGlide ? start + 1 : start, end: end };
  }

  /* Which letter bears the tone: the one with a mark, the second of ươ; else the middle of three, the
     second of two before a consonant, the first of two at the end (hòa, thúy). */
  function bearer(letters) {
    const core = nucleus(letters), length = core.end - core.start;
    for (let at = core.end - 1; at >= core.start; at--) {
      if (PLAIN[letters[at]]) { return at; }
    }
    if (length === 1) { return core.start; }
    return length > 2 || core.end < letters.length ? core.start + 1 : core.start;
  }

  function write(word) {
    const core = nucleus(word.letters), at = core.end > core.start ? bearer(word.letters) : -1;
    return word.letters.map(function (letter, place) {
      const row = known[letter] && VOWELS.filter(function (one) { return one[0] === letter; })[0];
      const shown = row && place === at ? row[word.tone] : letter;
      return word.large[place] ? shown.toUpperCase() : shown;
    }).join("");
  }

  function add(word, key, isLarge) {
    word.letters.push(key);
    word.large.push(isLarge);
    return word;
  }

  /* uo followed by a consonant is ươ, alone it is uơ (thuở). */
  function horn(word, core) {
    const letters = word.letters;
    for (let at = core.start; at + 1 < core.end; at++) {
      const pair = letters[at] + letters[at + 1];
      if (["uo", "uô", "ưo", "uơ"].indexOf(pair) >= 0) {
        const both = at + 2 < letters.length || pair !== "uo";
        letters[at] = both ? "ư" : "u";
        letters[at + 1] = "ơ";
        return true;
      }
      if (pair === "uu" || (pair === "ua" && at === core.end - 2 && core.end === letters.length)) {
        letters[at] = "ư";
        return true;
      }
    }
    return false;
  }

  /* Put a mark on the last vowel that takes it; take it off again when it is there (aaa is aa). */
  function mark(word, key, isLarge) {
    const core = nucleus(word.letters), table = MARKS[key];
    const rest = word.letters.slice(core.end).join("");
    if (core.start === core.end) { return key === "w" ? add(word, "ư", isLarge) : null; }
    if (CODAS.indexOf(rest) < 0) { return null; }
    if (key === "w" && horn(word, core)) { return word; }
    for (let at = core.end - 1; at >= core.start; at--) {
      const letter = word.letters[at];
      /* oao and oeo are no ô. */
      if (key === "o" && at + 1 < core.end && "ae".indexOf(word.letters[at + 1]) >= 0) { continue; }
      if (table[letter]) { word.letters[at] = table[letter]; return word; }
      const isThere = Object.keys(table).some(function (one) { return table[one] === letter; });
      if (isThere) { word.letters[at] = PLAIN[letter]; return add(word, key, isLarge); }
    }
    return null;
  }

  /* A vowel marked before its consonant came: uơ + n is ươn. */
  function settle(word) {
    const letters = word.letters;
    for (let at = 0; at + 2 < letters.length; at++) {
      if (letters[at] === "u" && letters[at + 1] === "ơ" && letters[at - 1] !== "q") { letters[at] = "ư"; }
    }
    return word;
  }

  function press(word, key) {
    const small = key.toLowerCase(), isLarge = key !== small, last = word.letters[word.letters.length - 1];
    const core = nucleus(word.letters), tone = TONES.indexOf(small);
    if (tone >= 0 && core.end > core.start) {
      if (tone === 0 && !word.tone) { return add(word, small, isLarge); }
      if (tone && word.tone === tone) { word.tone = 0; return add(word, small, isLarge); }
      word.tone = tone;
      return word;
    }
    if (small === "d" && word.letters[0] === "d" && (last === "d" || core.end > core.start)) { word.letters[0] = "đ"; return word; }
    if (small === "d" && word.letters[0] === "đ") { word.letters[0] = "d"; return add(word, "d", isLarge); }
    return (MARKS[small] && mark(word, small, isLarge)) || settle(add(word, small, isLarge));
  }

  /* The text before the caret after one more key. */
  function type(before, key) {
    const found = WORD.exec(before), word = found ? found[0] : "";
    if (!/^[a-zA-Z]$/.test(key)) { return before + key; }
    return before.slice(0, before.length - word.length) + write(press(parse(word), key));
  }

  const made = { type: type, compose: function (keys) { return Array.from(keys).reduce(type, ""); } };
  window.diemdoc.telex = made;
})();
