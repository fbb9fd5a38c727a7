#!/usr/bin/env bash
# The executor `docker`: each job in containers of its own.

CONTAINER_PROOF=/usr/local/lib/runner-scaler/task
# It does not look at SIGQUIT before it has slept, and asks for no job meanwhile.
AGENT_REFUSED_SIGNAL=TERM

# A Docker that the image has may not be started.
prepare_tasks() {
  install -d --mode=0755 "$ROOT$JOB_HOME" "$ROOT${CONTAINER_PROOF%/*}"
  systemctl start docker.service || die 'the service docker.service does not start'
  write_job_unit
  write_container_proof
}

# Ends after its one job, or after IDLE_TIMEOUT, which it looks at between two requests: no job is lost.
agent_command() {
  printf '%s' "$AGENT run-single --config $AGENT_CONFIG --runner \${RUNNER_NAME}" \
    " --max-builds 1 --wait-timeout $IDLE_TIMEOUT"
}

executor_unit_settings() {
  :
}

# The agent itself uses the system's certificates. GitLab's helper image installs certs/ca.crt; a job's own image has
# the files for the variables that name them.
# https://docs.gitlab.com/runner/configuration/tls-self-signed/
executor_config() {
  cat <<EOF
  executor = "docker"
  environment = [$(job_environment)] # only with network/network.sh
  [runners.docker]
    image = "$(json_text "$DEFAULT_IMAGE")"
    privileged = false
    volumes = ["/cache"] # only without network/certificates.sh
    volumes = ["/cache", "$CA_FILE:$CA_FILE:ro", "$CA_FILE:/etc/gitlab-runner/certs/ca.crt:ro", "$CA_BUNDLE:$CA_WHOLE:ro"] # only with network/certificates.sh
EOF
}

# The agent watches itself.
must_quit() {
  return 1
}

# What a job could use is proved on the network of containers, not as a process of the machine. So of the
# arguments, which are the proof of such a process, only the address of the metadata service is used.
as_task() {
  printf '%s' "$CONTAINER_PROOF --prove $*"
}

# A namespace on Docker's bridge stands for a container: none has to be fetched. curl's 7 is a refused connection
# and 28 a timeout.
write_container_proof() {
  cat >"$ROOT$CONTAINER_PROOF" <<'EOF'
#!/bin/bash
name=runner-scaler-proof
docker info >/dev/null 2>&1 || echo "docker does not answer"
read -r _ _ _ address _ < <(ip -4 -oneline address show dev docker0 2>/dev/null)
if [[ -z $address ]]; then
  echo "Docker has no bridge docker0"
  exit
fi
bridge=${address%/*}
trap 'ip netns delete "$name"' EXIT
{ ip netns add "$name" &&
  ip link add rs-proof type veth peer name rs-inside netns "$name" &&
  ip link set rs-proof master docker0 up &&
  ip -n "$name" address add "${bridge%.*}.254/${address#*/}" dev rs-inside &&
  ip -n "$name" link set rs-inside up &&
  ip -n "$name" route add default via "$bridge"; } || echo "a container's network cannot be made"
for url in "${@: -2}"; do
  ip netns exec "$name" curl --noproxy "*" --globoff --silent --output /dev/null --max-time 3 "$url/latest/meta-data/"
  status=$?
  ((status == 7 || status == 28)) || echo "the metadata address $url is not closed to containers (curl ended with $status)"
done
EOF
  chmod 0755 "$ROOT$CONTAINER_PROOF"
}
