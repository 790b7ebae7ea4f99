// Filters for the table of sessions. Without this script the table is simply whole.
(function () {
  "use strict";
  var table = document.getElementById("all");
  if (!table || table.tBodies[0].rows.length < 8) { return; }
  var rows = Array.from(table.tBodies[0].rows);
  var form = document.createElement("form");
  form.className = "filters";
  var shown = document.createElement("output");

  function field(text, control) {
    var label = document.createElement("label");
    label.append(text, control);
    form.append(label);
    return control;
  }

  function choice(text, key) {
    var select = field(text, document.createElement("select"));
    select.append(new Option("all", ""));
    new Set(rows.map(function (row) { return row.dataset[key]; })).forEach(function (value) {
      select.append(new Option(value, value));
    });
    return select;
  }

  var words = field("Text ", document.createElement("input"));
  words.type = "search";
  var verdict = choice("Verdict ", "verdict");
  var outcome = choice("Outcome ", "outcome");
  form.append(shown);

  function apply() {
    var wanted = words.value.toLowerCase();
    var count = 0;
    rows.forEach(function (row) {
      var keep = (!verdict.value || row.dataset.verdict === verdict.value) &&
        (!outcome.value || row.dataset.outcome === outcome.value) &&
        (!wanted || row.textContent.toLowerCase().includes(wanted));
      row.hidden = !keep;
      count += keep;
    });
    shown.textContent = count + " of " + rows.length + " shown";
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  table.parentNode.before(form);
  apply();
})();
