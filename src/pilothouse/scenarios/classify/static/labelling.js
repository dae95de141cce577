"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (name) => document.getElementById(name);
const given = data.rows.map(() => null);
let place = 0;
const KEYS = "123456789";

function shown() {
  const wanted = at("filter").value.trim().toLowerCase();
  return data.classes.filter((one) => one.toLowerCase().includes(wanted));
}

function draw() {
  const row = data.rows[place];
  at("place").textContent = String(place + 1);
  at("all").textContent = String(data.rows.length);
  at("count").textContent = String(given.filter((one) => one !== null).length);
  at("text").textContent = row[1];
  at("suggested").textContent = row[3];
  at("sure").textContent = Math.round(100 * Number(row[4])) + "%";
  const group = at("labels");
  group.replaceChildren();
  shown().forEach((label, number) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", String(given[place] === label));
    if (number < KEYS.length) {
      const key = document.createElement("kbd");
      key.textContent = KEYS[number];
      button.append(key);
    }
    button.append(label);
    button.addEventListener("click", () => choose(label));
    group.append(button);
  });
}

function go(step) {
  place = Math.min(data.rows.length - 1, Math.max(0, place + step));
  at("filter").value = "";
  draw();
}

function choose(label) {
  given[place] = label;
  go(1);
}

function cell(value) {
  let text = String(value === null || value === undefined ? "" : value);
  if (/^[\s"']*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function save() {
  const lines = [[data.id, data.target]];
  data.rows.forEach((row, number) => {
    if (given[number] !== null) lines.push([row[0], given[number]]);
  });
  const text = "\ufeff" + lines.map((line) => line.map(cell).join(",")).join("\r\n") + "\r\n";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "labelled.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

document.addEventListener("keydown", (event) => {
  const typing = event.target === at("filter");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const number = KEYS.indexOf(event.key);
  if (number >= 0 && !typing && number < shown().length) choose(shown()[number]);
  else if (event.key === "Enter" && typing && shown().length > 0) choose(shown()[0]);
  else if (event.key === "ArrowLeft" && !typing) go(-1);
  else if (event.key === "ArrowRight" && !typing) go(1);
  else if (event.key === "s" && !typing) save();
  else return;
  event.preventDefault();
});
at("back").addEventListener("click", () => go(-1));
at("skip").addEventListener("click", () => go(1));
at("save").addEventListener("click", save);
at("filter").addEventListener("input", draw);
at("narrow").hidden = data.classes.length <= KEYS.length;
window.addEventListener("beforeunload", (event) => {
  if (given.some((one) => one !== null)) event.preventDefault();
});
draw();
