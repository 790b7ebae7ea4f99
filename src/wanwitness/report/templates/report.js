// The table of connections: sorted, filtered, grouped, and each opened, from the data in the page.
// Every text is set as text, never as markup. Without this script the page holds the same as plain tables.
(function () {
  "use strict";
  var source = document.getElementById("data");
  var place = document.getElementById("table");
  if (!source || !place || !window.HTMLDialogElement) { return; }
  var data = JSON.parse(source.textContent);
  var say = {{ script_words }};
  var ID = 0, LOCAL = 1, UTC = 2, GROUP = 3, KIND = 4, VERDICT = 5, FIRST = 6;
  var CLIENT = 6, ASKED = 7, DIALLED = 8, ANSWERED = 9, CALLED = 10, GREETING = 11;
  var LOOKED_UP = 12, LEFT_BY = 13, LINKS = 14, OUTCOME = 15, REFUSAL = 16, IN_SHORT = 17;
  var OVERSCAN = 8;
  var texts = data.texts, rows = data.rows;
  document.documentElement.classList.add("scripted");

  function make(tag, text, kind) {
    var element = document.createElement(tag);
    if (text !== undefined && text !== null) { element.textContent = text; }
    if (kind) { element.className = kind; }
    return element;
  }

  function badge(kind, text) { return make("span", text, "badge " + kind); }

  // Controls

  var form = make("form", null, "controls");
  form.setAttribute("role", "search");

  function field(text, control) {
    var label = make("label", text);
    label.append(control);
    form.append(label);
    return control;
  }

  function choice(text, column) {
    var select = field(text, make("select"));
    select.append(new Option(say.all, ""));
    Array.from(new Set(rows.map(function (row) { return row[column]; })))
      .map(function (number) { return [texts[number], number]; })
      .filter(function (pair) { return pair[0]; })
      .sort(function (a, b) { return a[0].localeCompare(b[0]); })
      .forEach(function (pair) { select.append(new Option(pair[0], pair[1])); });
    return select;
  }

  var words = field(say.search, make("input"));
  words.type = "search";
  var outcome = choice(say.result, OUTCOME);
  var links = choice(say.links, LINKS);
  var together = make("input");
  together.type = "checkbox";
  together.checked = new Set(rows.map(function (row) { return row[GROUP]; })).size < rows.length;
  var check = make("label", null, "check");
  check.append(together, say.group);
  form.append(check);
  var shown = make("output");
  form.append(shown);
  form.addEventListener("submit", function (event) { event.preventDefault(); });

  // The table: of many rows only those that are seen are drawn

  // Heading, column, width, class, and the column that stands below it in the same cell
  var COLUMNS = [
    [say.when, LOCAL, "11rem", ""], [say.from, CLIENT, "6.8rem", "wide"],
    [say.asked, ASKED, "", "wide", DIALLED], [say.answered, ANSWERED, "", "wide", CALLED],
    [say.looked_up, LOOKED_UP, "5rem", ""], [say.left_by, LEFT_BY, "5rem", ""], [say.links, LINKS, "7.2rem", "wide"],
    [say.result, OUTCOME, "6.1rem", ""], [say.answer, REFUSAL, "12.4rem", "wide"]
  ];
  var view = make("div", null, "view");
  view.tabIndex = 0;
  view.setAttribute("role", "region");
  view.setAttribute("aria-label", say.table);
  var table = make("table");
  var head = table.createTHead().insertRow();
  var body = table.createTBody();
  var order = { column: LOCAL, down: false };
  COLUMNS.forEach(function (column) {
    var cell = make("th", null, column[3]);
    cell.scope = "col";
    if (column[2] && matchMedia("(min-width: 48rem)").matches) { cell.style.width = column[2]; }
    var button = make("button", column[0]);
    button.type = "button";
    button.addEventListener("click", function () {
      order = { column: column[1], down: order.column === column[1] && !order.down };
      apply();
    });
    cell.append(button);
    head.append(cell);
  });
  view.append(table);
  place.append(form, view);
  var height = parseFloat(getComputedStyle(document.documentElement).fontSize) * {{ row_rem }};
  var searched = null, listed = [], drawn = "";

  function texts_of(row) {
    var parts = [row[ID], row[LOCAL], row[UTC] && row[UTC] + " UTC"];
    for (var n = FIRST; n <= REFUSAL; n += 1) { parts.push(texts[row[n]]); }
    return parts.join("\n").toLowerCase();
  }

  function prepare() { searched = searched || rows.map(texts_of); }

  function compare(a, b) {
    var n = order.column;
    var way = n === LOCAL ? a.index - b.index : texts[a.row[n]].localeCompare(texts[b.row[n]]) || a.index - b.index;
    return order.down ? -way : way;
  }

  function apply() {
    var begin = performance.now();
    var wanted = words.value.toLowerCase();
    if (wanted) { prepare(); }
    var groups = new Map(), count = 0;
    listed = [];
    rows.forEach(function (row, index) {
      if ((outcome.value && row[OUTCOME] !== Number(outcome.value)) || (links.value && row[LINKS] !== Number(links.value)) ||
          (wanted && !searched[index].includes(wanted))) { return; }
      count += 1;
      var group = together.checked ? groups.get(row[GROUP]) : undefined;
      if (group) {
        group.count += 1;
        group.last = row;
      } else {
        group = { row: row, index: index, count: 1, last: row };
        if (together.checked) { groups.set(row[GROUP], group); }
        listed.push(group);
      }
    });
    listed.sort(compare);
    Array.from(head.cells).forEach(function (cell, n) {
      if (COLUMNS[n][1] === order.column) {
        cell.setAttribute("aria-sort", order.down ? "descending" : "ascending");
      } else {
        cell.removeAttribute("aria-sort");
      }
    });
    table.setAttribute("aria-rowcount", listed.length + 1);
    shown.textContent = say.shown.replace("{some}", count.toLocaleString(say.code)).replace("{all}", rows.length.toLocaleString(say.code));
    view.scrollTop = 0;
    drawn = "";
    draw();
    performance.measure("wanwitness-filter", { start: begin, end: performance.now() });
  }

  // Names of hosts are broken behind their dots
  function named(element, text) {
    text.split(".").forEach(function (part, n) {
      if (n) { element.append(".", document.createElement("wbr")); }
      element.append(part);
    });
    return element;
  }

  function cell(row, text, below, kind) {
    var td = make("td", null, kind), box = below ? named(make("div"), text) : make("div", text);
    if (below) { box.append(named(make("small"), below)); }
    td.title = below ? text + " · " + below : text;
    td.append(box);
    row.append(td);
    return td;
  }

  function line(one, number) {
    var row = one.row, tr = make("tr", null, "one"), when = make("th"), box = make("div");
    tr.setAttribute("aria-rowindex", number + 2);
    when.scope = "row";
    var narrow = matchMedia("(max-width: 48rem)").matches;
    var button = make("button", narrow && one.count > 1 ? row[LOCAL].split(" ")[0] : row[LOCAL]);
    button.type = "button";
    box.append(button, make("small", one.count > 1
      ? (narrow ? say.times_narrow : say.times).replace("{n}", one.count.toLocaleString(say.code)).replace("{when}", one.last[LOCAL].split(" ")[0])
      : row[UTC] ? row[UTC].replace(row[LOCAL].split(" ")[0] + " ", "") + " UTC" : ""));
    when.append(box);
    tr.append(when);
    cell(tr, texts[row[CLIENT]], "", "wide");
    cell(tr, texts[row[ASKED]], texts[row[DIALLED]], "wide");
    cell(tr, texts[row[ANSWERED]] || "–", texts[row[CALLED]], "wide").title =
      [texts[row[ANSWERED]], texts[row[GREETING]]].filter(Boolean).join(" · ");
    cell(tr, texts[row[LOOKED_UP]] || "–");
    cell(tr, texts[row[LEFT_BY]] || "–");
    cell(tr, "", "", "wide").firstChild.append(badge(texts[row[VERDICT]], texts[row[LINKS]]));
    var result = cell(tr, "").firstChild;
    result.append(badge(texts[row[KIND]], texts[row[OUTCOME]]));
    if (narrow && texts[row[ANSWERED]]) { result.append(make("small", texts[row[ANSWERED]])); }
    cell(tr, texts[row[IN_SHORT]], "", "wide verbatim").title = texts[row[REFUSAL]];
    tr.addEventListener("click", function () { open(row); });
    return tr;
  }

  function pad(size) {
    var tr = make("tr", null, "pad"), td = make("td");
    tr.setAttribute("aria-hidden", "true");
    td.colSpan = COLUMNS.length;
    td.style.height = size + "px";
    tr.append(td);
    return tr;
  }

  function draw() {
    var first = Math.max(0, Math.floor(view.scrollTop / height) - OVERSCAN);
    var last = Math.min(listed.length, Math.ceil((view.scrollTop + view.clientHeight) / height) + OVERSCAN);
    if (drawn === first + "-" + last) { return; }
    drawn = first + "-" + last;
    var part = document.createDocumentFragment();
    if (first) { part.append(pad(first * height)); }
    for (var n = first; n < last; n += 1) { part.append(line(listed[n], n)); }
    if (last < listed.length) { part.append(pad((listed.length - last) * height)); }
    body.replaceChildren(part);
  }

  view.addEventListener("scroll", draw, { passive: true });
  form.addEventListener("input", apply);

  // One connection

  var dialog = document.getElementById("opened");

  function copier(text) {
    var button = make("button", say.copy);
    button.type = "button";
    button.addEventListener("click", function () {
      function done(ok) { button.textContent = ok ? say.copied : say.copy; }
      function by_hand() {
        var area = make("textarea", text);
        dialog.append(area);
        area.select();
        var ok = document.execCommand("copy");
        area.remove();
        done(ok);
      }
      if (navigator.clipboard) {
        navigator.clipboard.writeText(text).then(function () { done(true); }, by_hand);
      } else {
        by_hand();
      }
    });
    return button;
  }

  function ladder(one) {
    var scroll = make("div", null, "scroll"), steps = make("table", null, "steps"), top = steps.createTHead().insertRow();
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", say.steps);
    steps.createCaption().textContent = say.steps;
    one.lanes.forEach(function (lane) {
      var th = make("th", lane[0]);
      th.scope = "col";
      th.append(make("small", lane[1]));
      top.append(th);
    });
    var rungs = steps.createTBody();
    rungs.className = "ladder";
    one.rungs.forEach(function (rung) {
      var tr = rungs.insertRow(), after = one.lanes.length - rung.last - 1;
      if (rung.first) { tr.insertCell().colSpan = rung.first; }
      var td = make("td", rung.text, "rung " + rung.kind + (rung.right ? " right" : " left"));
      td.colSpan = rung.last - rung.first + 1;
      td.append(make("small", rung.beside), make("div", null, "arrow of-" + td.colSpan));
      tr.append(td);
      if (after) { tr.insertCell().colSpan = after; }
    });
    scroll.append(steps);
    return scroll;
  }

  function fill(list, label, value, kind) {
    list.append(make("dt", label));
    var dd = make("dd");
    dd.append(kind ? make(kind, value, kind === "q" ? "verbatim" : "") : value);
    list.append(dd);
    return dd;
  }

  function open(row) {
    var one = data.details[row[ID]], parts = document.createDocumentFragment();
    var bar = make("div", null, "head"), title = make("h2", one ? one.title : row[LOCAL] + " · " + texts[row[CLIENT]]);
    title.id = "opened-title";
    var close = make("button", say.close);
    close.type = "button";
    close.addEventListener("click", function () { dialog.close(); });
    bar.append(title, close);
    var state = make("p");
    state.append(badge(texts[row[KIND]], texts[row[OUTCOME]]), " ", badge(texts[row[VERDICT]], texts[row[LINKS]]));
    parts.append(bar, state);
    var facts = make("dl", null, "facts");
    if (one) {
      parts.append(make("p", one.sentence));
      if (one.rungs.length) { parts.append(ladder(one)); }
      one.facts.forEach(function (fact) { fill(facts, fact.label, fact.value, fact.quoted ? "q" : ""); });
      parts.append(facts);
      if (one.notes.length) {
        var notes = make("ul");
        one.notes.forEach(function (note) { notes.append(make("li", note)); });
        parts.append(notes);
      }
      var filters = make("dl", null, "filters");
      one.filters.forEach(function (filter) {
        fill(filters, filter.where, filter.expression, "code").append(copier(filter.expression));
      });
      if (one.evidence) {
        var anchor = make("a", one.evidence);
        anchor.href = one.evidence;
        fill(filters, say.capture, anchor);
      }
      parts.append(make("h3", say.filters), filters);
    } else {
      COLUMNS.slice(1).forEach(function (column) {
        var told = [texts[row[column[1]]], column[4] ? texts[row[column[4]]] : ""].filter(Boolean).join(" · ");
        if (told) { fill(facts, column[0], told); }
      });
      parts.append(facts, make("p", say.elsewhere.replace("{id}", row[ID])));
    }
    dialog.replaceChildren(parts);
    if (!dialog.open) { dialog.showModal(); }
    dialog.scrollTop = 0;
  }

  function by_address() {
    var id = location.hash.slice(0, 3) === "#s-" ? location.hash.slice(3) : "";
    var row = id && rows.find(function (one) { return one[ID] === id; });
    if (row) { open(row); }
  }

  window.addEventListener("hashchange", by_address);
  apply();
  by_address();
  (window.requestIdleCallback || setTimeout)(prepare);
})();
