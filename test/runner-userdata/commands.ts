/** The commands of the stand-in machine. */

/**
 * Bodies of the stand-ins, in bash. Each has written down its call before, and knows the machine's ROOT, the
 * REAL_PATH, the PYTHON and `execute`, which executes a file as systemd does.
 */
export const COMMANDS: Readonly<Record<string, string>> = {
  'apt-get': '',
  chown: '',
  dnf: '',
  getent: '',
  git: '',
  // Nobody has the user that jobs run as until the boot makes it.
  id: '[[ -e $ROOT/made-user ]] && echo 1001',
  journalctl: '',
  nft: 'cat >"$ROOT/ruleset"',
  pkill: '',
  setpriv: 'while [[ $1 != -- ]]; do shift; done; shift; exec "$@"',
  sleep: '',
  systemctl: `case $* in
  --version) echo 'systemd 255 (255.4-1ubuntu8)' ;;
  is-system-running) echo running ;;
  # The proof: executes the task's prefix.
  'start runner-scaler-proof.service')
    read -ra words < <(sed -n 's/^ExecStart=//p' "$ROOT/etc/systemd/system/runner-scaler-proof.service")
    sed "s|>/run/|>$ROOT/run/|; s|</etc/|<$ROOT/etc/|" "$ROOT\${words[0]}" >"$ROOT/tmp/prefix"
    chmod +x "$ROOT/tmp/prefix"
    (execute "$ROOT/tmp/prefix" "\${words[@]:1}") >"$ROOT/run/runner-scaler/proof" 2>&1
    ;;
esac`,
  'systemd-run': `case " $* " in
  # The task itself, or what is tried in its place.
  *' --scope '*) ;;
  # A timer. The real one, too, refuses a command that does not exist.
  *) for word; do [[ $word != /* || -x $ROOT$word ]] || exit 1; done ;;
esac`,
  uname: 'echo x86_64',
  useradd: ': >"$ROOT/made-user"',
  usermod: '',
  // These two do their work; they are replaced to see their arguments.
  curl: 'PATH=$REAL_PATH exec curl "$@"',
  python3: 'exec "$PYTHON" "$@"',
};

/** Commands of the real machine that a runner may use. It sees no others. */
export const TOOLS =
  'base64 bash cat chmod date env find flock grep gzip head install ln mkdir mktemp paste rm sed sha256sum sort stat tail tar tee timeout tr'.split(
    ' ',
  );
