/* Turning to another page of ours without silence: while something plays, the next page is fetched
   and put in place of this one, and the sound goes on. Nothing plays: links are links. */
(function () {
  "use strict";
  const diemdoc = window.diemdoc;
  const LEFT_ALONE = /^\/(content|raw|catalog|download|static|opds|cover|qr\.svg|staff|healthz)/;
  const own = document.currentScript;
  let asked = 0, shown = location.pathname + location.search;

  function isPlaying() { return Boolean(diemdoc.sound && diemdoc.sound.isOn()); }

  function fits(url) { return url.origin === location.origin && !LEFT_ALONE.test(url.pathname); }

  function script(old) {
    const made = document.createElement("script");
    made.src = old.getAttribute("src");
    made.async = false;
    return made;
  }

  function has(address) { return Boolean(document.head.querySelector('link[href="' + address + '"]')); }

  /* Resolve when the style sheets of the new page are here, so that it never stands there bare. */
  function styles(page) {
    const wanted = Array.from(page.querySelectorAll('link[rel="stylesheet"]')).map(function (one) { return one.getAttribute("href"); });
    return Promise.all(wanted.filter(function (one) { return !has(one); }).map(function (address) {
      return new Promise(function (done) {
        const link = document.createElement("link");
        link.rel = "stylesheet";
        link.href = address;
        link.onload = link.onerror = done;
        document.head.appendChild(link);
      });
    })).then(function () {
      return function () {
        document.querySelectorAll('link[rel="stylesheet"]').forEach(function (one) {
          if (wanted.indexOf(one.getAttribute("href")) < 0) { one.remove(); }
        });
      };
    });
  }

  function swap(page) {
    const root = page.documentElement;
    diemdoc.leave();
    document.title = page.title;
    document.documentElement.className = root.className;
    document.documentElement.lang = root.lang;
    document.body.className = page.body.className;
    const kept = document.querySelector("[data-mini]");
    Array.from(document.body.children).forEach(function (one) { if (one !== kept) { one.remove(); } });
    Array.from(page.body.children).forEach(function (one) {
      const isScript = one.tagName === "SCRIPT" && one.hasAttribute("src");
      if (isScript && one.hasAttribute("data-once")) { return; }
      document.body.insertBefore(isScript ? script(one) : document.importNode(one, true), kept);
    });
    document.dispatchEvent(new CustomEvent("diemdoc:page"));
  }

  function go(url, place) {
    const mine = ++asked;
    fetch(url.href, { credentials: "same-origin" }).then(function (answer) {
      const kind = answer.headers.get("Content-Type") || "";
      const end = new URL(answer.url || url.href);
      if (kind.indexOf("text/html") !== 0 || !fits(end)) { throw new Error("no page of ours"); }
      return answer.text().then(function (text) {
        const page = new DOMParser().parseFromString(text, "text/html");
        if (!page.documentElement.hasAttribute("data-page")) { throw new Error("no page of ours"); }
        return styles(page).then(function (clean) {
          if (mine !== asked) { return; }
          end.hash = url.hash;
          if (place === null) {
            history.replaceState({ top: window.pageYOffset }, "");
            /* The touch screen leaves no page behind (touch.js). */
            history[diemdoc.touch ? "replaceState" : "pushState"]({ top: 0 }, "", end.href);
          }
          shown = end.pathname + end.search;
          swap(page);
          clean();
          const target = url.hash && document.getElementById(url.hash.slice(1));
          if (target) { target.scrollIntoView(); } else { window.scrollTo(0, place || 0); }
          const main = document.getElementById("main");
          if (main) { main.focus({ preventScroll: true }); }
        });
      });
    }).catch(function () { if (mine === asked) { location.href = url.href; } });
  }

  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    const url = new URL(link.href);
    const isHere = url.pathname + url.search === shown && url.hash;
    if (!isPlaying() || link.hasAttribute("download") || link.target || isHere || !fits(url)) { return; }
    event.preventDefault();
    go(url, null);
  });

  /* Turn to what a form asks for; false when it must be sent the usual way. */
  function sent(form) {
    const url = new URL(form.action);
    if (!isPlaying() || form.method !== "get" || !fits(url)) { return false; }
    url.search = Array.from(form.elements).filter(function (one) { return one.name && !one.disabled; }).map(function (one) {
      return encodeURIComponent(one.name) + "=" + encodeURIComponent(one.value);
    }).join("&");
    go(url, null);
    return true;
  }

  document.addEventListener("submit", function (event) {
    if (!event.defaultPrevented && sent(event.target)) { event.preventDefault(); }
  });
  /* A form that a script sends tells no event. */
  const submit = HTMLFormElement.prototype.submit;
  HTMLFormElement.prototype.submit = function () { if (!sent(this)) { submit.call(this); } };

  window.addEventListener("popstate", function (event) {
    if (location.pathname + location.search === shown) { return; }
    if (isPlaying()) { go(new URL(location.href), (event.state && event.state.top) || 0); }
    else { location.reload(); }
  });

  /* A page that was left the usual way while something played: the sound is taken up again. */
  let was = null;
  try { was = sessionStorage.getItem("diemdoc.sounding"); } catch (error) { /* no storage: nothing to take up */ }
  if (was && !document.querySelector("[data-player]")) {
    own.getAttribute("data-sound").split(" ").forEach(function (address) {
      const made = document.createElement("script");
      made.src = address;
      made.async = false;
      document.body.appendChild(made);
    });
  }
})();
