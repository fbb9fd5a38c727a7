// Reads the charts over time out under the pointer, a finger or the arrow keys. The page is complete
// without it. Runs in the browser; the data is the JSON that the page carries.
(() => {
  const { summary, series } = JSON.parse(document.getElementById('record').textContent);
  const column = Object.fromEntries(series.columns.map((name, index) => [name, index]));
  document.body.classList.add('live');

  for (const figure of document.querySelectorAll('figure.timeline')) {
    readOut(figure, series.charts[Number(figure.dataset.chart)]);
  }

  function readOut(figure, { rows, max, from, to }) {
    const length = Math.max(to - from, 1);
    const chart = figure.querySelector('.chart');
    const plot = figure.querySelector('.plot');
    const cursor = figure.querySelector('.cursor');
    const moment = figure.querySelector('.moment');
    const atRest = moment.textContent;
    const fields = [...figure.querySelectorAll('[data-field]')];
    let shown = from;
    scrollToPeak();

    // On a narrow screen the chart of the whole run is wider than its frame.
    function scrollToPeak() {
      const frame = figure.querySelector('.chart-scroll');
      const busy = rows.map((row) => row[column.busy]);
      const peak = rows[busy.indexOf(Math.max(...busy))];
      if (peak === undefined || frame.scrollWidth <= frame.clientWidth) return;
      const share = (peak[column.at] - from) / length;
      frame.scrollLeft = share * frame.scrollWidth - frame.clientWidth / 2;
    }

    const show = (seconds) => {
      shown = Math.min(Math.max(seconds, from), from + length);
      const row = rows[lastAtOrBefore(rows, shown)];
      const value = (name) => {
        if (name === 'max') return max;
        if (!row) return 0;
        if (name === 'demand') return row[column.unclaimed] + row[column.running];
        return row[column[name]];
      };
      const time = new Date(summary.from + shown * 1000).toISOString();
      moment.textContent = `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
      for (const field of fields)
        field.textContent = value(field.dataset.field).toLocaleString('en-US');
      const [outer, inner] = [chart.getBoundingClientRect(), plot.getBoundingClientRect()];
      cursor.style.left = `${inner.left - outer.left + ((shown - from) / length) * inner.width}px`;
      cursor.hidden = false;
    };
    const rest = () => {
      cursor.hidden = true;
      moment.textContent = atRest;
      for (const field of fields) field.textContent = '';
    };
    const follow = (event) => {
      const { left, width } = plot.getBoundingClientRect();
      show(from + ((event.clientX - left) / width) * length);
    };
    const byKey = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      show(shown + (step * length) / (event.shiftKey ? 20 : 200));
    };

    chart.addEventListener('pointermove', follow);
    chart.addEventListener('pointerdown', follow);
    chart.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && rest());
    chart.addEventListener('keydown', byKey);
    chart.addEventListener('blur', rest);
  }

  function lastAtOrBefore(rows, seconds) {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle][0] <= seconds) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
})();
