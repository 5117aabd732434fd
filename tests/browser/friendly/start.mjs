import { word } from "./other.mjs";
const works = window.works;
works.module = word === "imported";
const attempts = {
  json: async () => (await (await fetch("words.json")).json()).word === "kept",
  storage: async () => { localStorage.setItem("a", "1"); return localStorage.getItem("a") === "1"; },
  "worker of a blob": () => heard(new Worker(URL.createObjectURL(new Blob(["postMessage('heard')"])))),
  worker: () => heard(new Worker("worker.js")),
  canvas: async () => {
    const pen = document.getElementById("c").getContext("2d");
    pen.fillStyle = "#ff0000";
    pen.fillRect(0, 0, 4, 4);
    return pen.getImageData(1, 1, 1, 1).data[0] === 255;
  },
  picture: async () => { const dot = document.getElementById("dot"); await dot.decode(); return dot.naturalWidth === 48; },
  sound: () => new Promise((go) => {
    const tone = document.getElementById("tone");
    tone.oncanplay = () => go(tone.duration > 0.9);
    tone.onerror = () => go(false);
    tone.load();
  }),
  eval: async () => new Function("return 7")() === 7,
};
function heard(worker) {
  return new Promise((go) => {
    worker.onmessage = (event) => go(event.data === "heard");
    worker.onerror = () => go(false);
  });
}
const wait = (ms) => new Promise((go) => setTimeout(() => go(false), ms));
for (const [name, act] of Object.entries(attempts)) {
  try { works[name] = await Promise.race([act(), wait(3000)]); } catch (error) { works[name] = String(error); }
}
await wait(300);
document.title = "done";
