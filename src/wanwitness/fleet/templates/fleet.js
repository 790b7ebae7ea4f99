"use strict";
// The table of sites: sorted by the column whose head is pressed, filtered by what is typed. Texts are only ever moved.
const table = document.getElementById("sites");
if (table) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const keys = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.n === undefined ? cell.textContent : Number(cell.dataset.n);
  };
  for (const [column, head] of Array.from(table.tHead.rows[0].cells).entries()) {
    head.querySelector("button").addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
      rows.sort((one, two) => {
        const [a, b] = [key(one, column), key(two, column)];
        const order = typeof a === "number" ? a - b : collator.compare(a, b);
        return down ? -order : order;
      });
      body.append(...rows);
    });
  }
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    for (const row of rows) row.hidden = !keys.get(row).includes(wanted);
  });
}
