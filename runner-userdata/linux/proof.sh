#!/usr/bin/env bash
# The proof, before the agent starts, that a task will find what it needs and cannot reach what it must not.

PROOF=/usr/local/lib/runner-scaler/proof

# Runs as a task does, and prints what is wrong. curl's 7 is a refused connection and 28 a timeout; any answer
# at all is a failure, and so is a test that could not be made.
write_proof() {
  cat >"$ROOT$PROOF" <<'EOF'
#!/bin/bash
[[ $(id -u) != 0 && $(id -un) == "$1" ]] || echo "it runs as $(id -un), not as $1"
grep -q runner-scaler-proof- /proc/self/cgroup || echo "it is not in its own scope"
[[ $(</proc/self/oom_score_adj) -ge 500 ]] || echo "the kernel would not take it first when memory runs out"
[[ -w $HOME ]] || echo "it cannot write to its home $HOME"
[[ -w $2/workdir ]] || echo "it cannot write to $2/workdir"
[[ ! -r $3 ]] || echo "it can read $3"
for url in "$4" "$5"; do
  curl --noproxy "*" --globoff --silent --output /dev/null --max-time 3 "$url/latest/meta-data/"
  status=$?
  ((status == 7 || status == 28)) || echo "the metadata address $url is not closed to it (curl ended with $status)"
done
EOF
  chmod 0755 "$ROOT$PROOF"
}

# systemd executes the prefix as the agent will: a shell would forgive a script without an interpreter line.
prove_task() {
  local said
  say 'proving what the task will use'
  said=$(
    systemctl start runner-scaler-proof.service || echo 'the task prefix cannot be executed'
    cat "$RUN_DIR/proof" 2>&1
  ) || :
  [[ -z $said ]] || die "a task would not run as it must: ${said//$'\n'/; }"
}
