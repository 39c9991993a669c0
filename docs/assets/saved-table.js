// The field above the table of what PyTorch saves shows the rows whose operator has the typed text in its name.
document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("saved-filter");
  if (!field) return;
  const rows = [...document.querySelectorAll("#saved-table tbody tr")];
  const names = rows.map((row) => row.cells[0].textContent.toLowerCase());
  const count = document.getElementById("saved-count");
  const show = () => {
    const wanted = field.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, number) => {
      row.hidden = !names[number].includes(wanted);
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = shown === 1 ? "1 row" : `${shown} rows`;
  };
  field.addEventListener("input", show);
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  show();
});
