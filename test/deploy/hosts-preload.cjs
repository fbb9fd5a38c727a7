// Loaded before the function's own code, which stays as deployed: the names of the private network lead to this
// machine, as its DNS would have it. And the process ends with the test that started it, however that ends.
const dns = require('node:dns');

const { lookup } = dns;

dns.lookup = (name, ...rest) =>
  lookup(name.endsWith('.corp.example') ? '127.0.0.1' : name, ...rest);

process.stdin.on('end', () => process.exit(1)).resume();
