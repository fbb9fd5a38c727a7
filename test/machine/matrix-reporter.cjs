// Prints the matrix of cases: outcome and seconds on each release, longest first.
const { mkdirSync, writeFileSync } = require('node:fs');

module.exports = class MatrixReporter {
  onRunComplete(_contexts, { testResults }) {
    const rows = new Map();
    const releases = new Set();
    for (const { title, status, duration } of testResults.flatMap((file) => file.testResults)) {
      const [, name, release] = /^(.*) \[(\w+)\]$/.exec(title) ?? [];
      if (name === undefined || status === 'pending') continue;
      releases.add(release);
      const row = rows.get(name) ?? {};
      row[release] = `${status} ${((duration ?? 0) / 1000).toFixed(1)} s`;
      rows.set(name, row);
    }
    const columns = [...releases].sort((a, b) => a.localeCompare(b));
    const lines = [
      `| case | ${columns.join(' | ')} |`,
      `| --- |${columns.map(() => ' --- |').join('')}`,
      ...[...rows].map(
        ([name, row]) => `| ${name} | ${columns.map((each) => row[each] ?? '').join(' | ')} |`,
      ),
    ];
    mkdirSync('out', { recursive: true });
    writeFileSync('out/machines.md', `${lines.join('\n')}\n`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
};
