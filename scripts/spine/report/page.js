// Comfort only: the page says everything without it. Sorts a table of segments by a column, and shows only some segments.
(function () {
  "use strict";
  function value(cell) {
    var figure = cell.querySelector("[data-figure]") || cell;  // the first: not run together with what stands below it
    var text = figure.textContent.trim().replace("\u2212", "-");
    var number = parseFloat(text.replace(/,/g, ""));
    return isNaN(number) ? text.toLowerCase() : number;
  }
  document.querySelectorAll("table.segments").forEach(function (table) {
    table.querySelectorAll("thead th").forEach(function (heading, column) {
      if (table.querySelector("td:nth-child(" + (column + 1) + ") svg")) return;
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.textContent = "";
      heading.appendChild(button);
      button.addEventListener("click", function () {
        var rises = heading.getAttribute("aria-sort") === "descending";
        table.querySelectorAll("thead th").forEach(function (one) { one.removeAttribute("aria-sort"); });
        heading.setAttribute("aria-sort", rises ? "ascending" : "descending");
        var body = table.tBodies[0];
        Array.prototype.slice.call(body.rows).sort(function (one, other) {
          var a = one.cells[column] ? value(one.cells[column]) : "", b = other.cells[column] ? value(other.cells[column]) : "";
          var order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? 1 : -1;
          return rises ? order : -order;
        }).forEach(function (row) { body.appendChild(row); });
      });
    });
  });
  var label = document.createElement("label"), input = document.createElement("input");
  label.className = "filter";
  label.textContent = "Show only rows that contain";
  input.type = "search";
  label.appendChild(input);
  document.querySelector("#segments h2").after(label);
  input.addEventListener("input", function () {
    var wanted = input.value.toLowerCase();
    document.querySelectorAll("table.segments tbody tr").forEach(function (row) {
      row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
    });
  });
})();
