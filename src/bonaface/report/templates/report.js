"use strict";
(() => {
  const root = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("js");

  // Before and after: a native slider moves the edge; dragging over the picture moves the slider.
  const slide = one("#slide");
  const slider = one("#slider");
  const box = () => slider.viewBox.baseVal;
  function place() {
    const x = box().x + (box().width * slide.value) / 100;
    one("#before-clip rect").setAttribute("width", x);
    one("#divider").setAttribute("x1", x);
    one("#divider").setAttribute("x2", x);
  }
  if (slide) {
    slide.addEventListener("input", place);
    const drag = (event) => {
      if (event.type === "pointermove" && !(event.buttons & 1)) return;
      const frame = slider.getBoundingClientRect();
      // The picture keeps its proportions inside the frame.
      const scale = Math.min(frame.width / box().width, frame.height / box().height);
      const left = frame.left + (frame.width - scale * box().width) / 2;
      slide.value = Math.max(0, Math.min(100, (100 * (event.clientX - left)) / (scale * box().width)));
      place();
    };
    slider.addEventListener("pointerdown", drag);
    slider.addEventListener("pointermove", drag);
    for (const choice of all("[name=before]")) {
      choice.addEventListener("change", () => {
        one("#before").setAttribute("href", `#p-${choice.value}`);
        one("#before-name").textContent = choice.value === "truth" ? "original" : "damaged";
      });
    }
    place();
  }

  // Whole picture or face window.
  for (const choice of all("[data-view]")) {
    choice.addEventListener("change", () => {
      const stage = document.getElementById(choice.dataset.view);
      stage.setAttribute("viewBox", stage.dataset[choice.value]);
      if (stage === slider) place();
    });
  }

  // Maps over the output.
  for (const choice of all("[name=map]")) {
    choice.addEventListener("change", () => {
      for (const item of all(".map, .key")) {
        item.classList.toggle("on", item.matches(`.map-${choice.value}, .key-${choice.value}`));
      }
    });
  }
  const on = (selector, event, act) => one(selector) && one(selector).addEventListener(event, act);
  on("#opacity", "input", (event) => one("#overlay-maps").setAttribute("opacity", event.target.value / 100));
  on("#show-outlines", "change", (event) => one("#overlay").classList.toggle("show-outlines", event.target.checked));
  on("#grey", "change", (event) => one("#overlay").classList.toggle("grey", event.target.checked));
  for (const box of all("[data-toggle=points]")) {
    box.addEventListener("change", () => one("#points").classList.toggle(`show-${box.value}`, box.checked));
  }

  // Landmark arrows.
  on("#magnify", "change", (event) => {
    const factor = Number(event.target.value);
    one("#magnified").textContent = factor;
    for (const line of all("#arrows .arrow line")) {
      line.setAttribute("x2", Number(line.getAttribute("x1")) + factor * Number(line.dataset.dx));
      line.setAttribute("y2", Number(line.getAttribute("y1")) + factor * Number(line.dataset.dy));
    }
  });

  // Tables whose headers sort them; cells without a number always come last.
  for (const head of all("th[data-kind]")) {
    const table = head.closest("table");
    const column = [...head.parentElement.children].indexOf(head);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const numeric = head.dataset.kind === "number";
      const now = head.getAttribute("aria-sort");
      const down = now ? now === "ascending" : numeric;
      for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const body = table.tBodies[0];
      const key = (row) => row.cells[column].dataset.v;
      const compare = (a, b) => {
        if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
        const order = numeric ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b));
        return down ? -order : order;
      };
      body.append(...[...body.rows].sort(compare));
      table.dispatchEvent(new Event("sorted"));
    });
  }

  // Filters of the table of findings.
  if (one("#filters")) {
    const total = all("#ledger tbody tr").length;
    let limit = 20;
    const filter = () => {
      const rows = all("#ledger tbody tr"); // in the order they are sorted in
      const text = one("#filter-text").value.trim().toLowerCase();
      const wanted = ["verdict", "aspect", "region"].map((name) => [name, one(`#filter-${name}`)?.value || ""]);
      const asked = wanted[0][1];
      let found = 0;
      let count = 0;
      for (const row of rows) {
        const quiet = row.dataset.verdict === "kept" || row.dataset.verdict === "undecidable";
        const matches =
          wanted.every(([name, value]) => !value || row.dataset[name] === value) &&
          (!quiet || asked || one("#show-all").checked) &&
          (!text || row.textContent.toLowerCase().includes(text));
        found += matches;
        const shown = matches && found <= limit;
        row.classList.toggle("off", !shown);
        count += shown;
      }
      one("#shown-count").textContent = `${count} of ${rows.length} shown`;
      one("#show-rest").hidden = count === found;
      one("#show-rest").textContent = `Show all ${found}`;
    };
    for (const input of all("#filters input, #filters select")) input.addEventListener("input", filter);
    one("#ledger").addEventListener("sorted", filter);
    on("#show-rest", "click", () => {
      limit = total;
      filter();
    });
    filter();
  }

  on("#copy", "click", async (event) => {
    const range = document.createRange();
    range.selectNodeContents(one("#command"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try {
      await navigator.clipboard.writeText(one("#command").textContent);
      event.target.textContent = "Copied";
    } catch {
      event.target.textContent = "Selected: copy it with the keyboard";
    }
  });

  // Everything is printed.
  addEventListener("beforeprint", () => all("details").forEach((item) => (item.open = true)));
})();
