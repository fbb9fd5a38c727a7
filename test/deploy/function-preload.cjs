// Loaded before the function's own code, which stays as deployed, environment included. Connections to
// CircleCI Cloud go to its stand-in on this machine; the certificate is still checked for the name of
// CircleCI. And the process ends with the test that started it, however that ends.
const tls = require('node:tls');

const { CIRCLECI_HOST, CIRCLECI_PORT } = process.env;
const connect = tls.connect;

tls.connect = (options, ...rest) => {
  const redirected = options.host === CIRCLECI_HOST;
  const where = redirected ? { host: '127.0.0.1', port: Number(CIRCLECI_PORT) } : {};
  return connect({ ...options, ...where }, ...rest);
};

process.stdin.on('end', () => process.exit(1)).resume();
