// The page's behaviour: language switch, charts, tooltips, the money editor.
// Without it the page still reads in full; nothing here asks the network for anything.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const language = () => root.dataset.lang;

  // Charts ------------------------------------------------------------------
  const refuse = () => Promise.reject(new Error("charts hold their own data"));
  const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
  const drawn = new Map();

  const draw = (place) => {
    const spec = data.charts[place.dataset.chart][language()];
    drawn.get(place)?.finalize();
    place.replaceChildren();
    if (!place.clientWidth) return;
    const sized = { ...spec, width: place.clientWidth, config: data.config };
    try {
      const parsed = vega.parse(vegaLite.compile(sized).spec, null, { ast: true });
      const view = new vega.View(parsed, {
        renderer: "svg", container: place, expr: vega.expressionInterpreter, loader, hover: false,
        logLevel: vega.Error,
      });
      drawn.set(place, view);
      view.runAsync();
    } catch (fault) {
      // A chart that cannot be drawn must not take the others with it: its table speaks.
      console.error(fault);
      place.closest("figure").querySelector("details").open = true;
    }
  };
  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    if (!matchMedia("print").matches) drawAll();
  }).observe(document.body);

  // Language ----------------------------------------------------------------
  const buttons = [...document.querySelectorAll("[data-switch]")];
  const speak = (chosen) => {
    root.dataset.lang = chosen;
    root.lang = chosen === "zh" ? "zh-CN" : "en";
    buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.switch === chosen)));
    for (const element of document.querySelectorAll("[data-aria]")) {
      element.setAttribute("aria-label", data.aria[element.dataset.aria][chosen]);
    }
    drawAll();
    if (form) showMoney();
  };
  buttons.forEach((b) => b.addEventListener("click", () => speak(b.dataset.switch)));

  // Tooltips: hover, focus or touch; Escape closes -----------------------------
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (term) => {
    const source = document.getElementById(term.getAttribute("aria-describedby"));
    tip.replaceChildren(...[...source.childNodes].map((n) => n.cloneNode(true)));
    tip.hidden = false;
    const at = term.getBoundingClientRect();
    const left = Math.min(Math.max(12, at.left), root.clientWidth - tip.offsetWidth - 12);
    const below = at.bottom + 8;
    const fits = below + tip.offsetHeight < window.innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${fits ? below : Math.max(8, at.top - tip.offsetHeight - 8)}px`;
  };
  for (const term of document.querySelectorAll(".term")) {
    term.addEventListener("pointerenter", () => show(term));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("click", () => show(term));
    term.addEventListener("blur", hide);
    term.addEventListener("pointerleave", (event) => { if (event.relatedTarget !== tip) hide(); });
  }
  tip.addEventListener("pointerleave", hide);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });

  // Money: the same formulas as on the page ------------------------------------
  const form = document.getElementById("assumptions");
  const fields = form ? [...form.querySelectorAll("[data-assumption]")] : [];

  const amount = (value, [before, after] = data.money.signs) => {
    if (!Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    const decimals = size >= 100 || size === Math.round(size) ? 0 : 2;
    const text = size.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    const sign = value < 0 && Number(text.replaceAll(",", "")) ? "−" : "";
    return language() === "zh" ? `${sign}${text}${after}` : `${sign}${before}${text}`;
  };
  const bare = (value) => amount(value, ["", ""]);
  const plain = (value) =>
    Number.isFinite(value)
      ? value.toLocaleString("en-US", { maximumSignificantDigits: 9, maximumFractionDigits: 6 }).replace("-", "−")
      : "–";
  const score = (value) =>
    Math.abs(value) < 10 ? value.toFixed(3) : value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
  const share = (value) => {
    if (!Number.isFinite(value)) return "–";
    const hundred = value * 100;
    return `${hundred.toFixed(Math.abs(hundred) >= 10 || hundred === Math.round(hundred) ? 0 : 1)}%`;
  };
  const outs = (name, text) => {
    for (const place of document.querySelectorAll(`[data-out="${name}"]`)) place.textContent = text;
  };
  const working = (name, text) => {
    for (const place of document.querySelectorAll(`[data-working="${name}"]`)) place.textContent = text;
  };

  const formulas = {
    actions(a, [hits, flagged]) {
      const right = flagged > 0 ? hits / flagged : 0;
      const done = flagged > 0 ? (a.capacity ?? a.volume * flagged) : 0;
      return {
        right,
        value: done * (right * a.true_positive * a.success - a.contact),
        working: `${plain(done)} × (${score(right)} × ${plain(a.true_positive)} × ${share(a.success)} − ${plain(a.contact)})`,
      };
    },
    classes(a, [right]) {
      return {
        value: a.volume * (right * a.right - (1 - right) * a.wrong),
        working: `${plain(a.volume)} × (${score(right)} × ${plain(a.right)} − ${score(1 - right)} × ${plain(a.wrong)})`,
      };
    },
    hits(a, [hit]) {
      return {
        value: a.volume * hit * a.hit * a.added,
        working: `${plain(a.volume)} × ${score(hit)} × ${plain(a.hit)} × ${share(a.added)}`,
      };
    },
    tickets(a, [right, wrong]) {
      return {
        value: a.volume * (right * a.ticket * a.solved - wrong * a.mistake),
        working: `${plain(a.volume)} × (${score(right)} × ${plain(a.ticket)} × ${share(a.solved)} − ${score(wrong)} × ${plain(a.mistake)})`,
      };
    },
    number(a, [miss]) {
      return { value: -a.volume * miss * a.error, working: `−${plain(a.volume)} × ${score(miss)} × ${plain(a.error)}` };
    },
  };

  function showMoney() {
    const { kind, likely, rates } = data.money;
    const typed = {};
    for (const field of fields) {
      const value = field.value.trim() === "" ? NaN : Number(field.value);
      typed[field.dataset.assumption] = ["success", "added", "solved"].includes(field.dataset.assumption) ? value / 100 : value;
    }
    const isEdited = Object.keys(likely).some((name) => !(Math.abs(typed[name] - likely[name]) < 1e-9));
    const winner = formulas[kind](typed, rates.winner), baseline = formulas[kind](typed, rates.baseline);
    outs("winner", amount(winner.value));
    working("winner", winner.working);
    outs("baseline", amount(baseline.value));
    working("baseline", baseline.working);
    outs("gain", amount(winner.value - baseline.value));
    const taken = bare(baseline.value);
    working("gain", `${bare(winner.value)} − ${taken.startsWith("−") ? `(${taken})` : taken}`);
    if (kind === "actions") {
      outs("break_even", share(typed.contact / (winner.right * typed.true_positive)));
      working("break_even", `${plain(typed.contact)} ÷ (${score(winner.right)} × ${plain(typed.true_positive)})`);
    }
    document.querySelectorAll("[data-hide-when-edited]").forEach((e) => { e.hidden = isEdited; });
    document.querySelectorAll("[data-show-when-edited]").forEach((e) => { e.hidden = !isEdited; });
  }
  if (form) {
    form.addEventListener("input", showMoney);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(showMoney));
    showMoney();
  }

  const beforePrint = () => document.querySelectorAll("details.open-in-print").forEach((d) => { d.open = true; });
  addEventListener("beforeprint", beforePrint);
})();
