#!/usr/bin/env bash
# A network that is not the public one: what certificates.sh and proxy.sh beside this file have in common. Only in the
# user data of fleets that use one of them.

# For jobs, as NAME=VALUE.
JOB_VARIABLES=()

# Before the first download. A Docker that the image has already started knows neither.
prepare_network() {
  use_proxy          # only with network/proxy.sh
  trust_certificates # only with network/certificates.sh
  write_job_variables || die 'the variables for jobs cannot be written to /etc/environment'
  systemctl daemon-reload
  systemctl try-restart docker.service 2>/dev/null || say 'there is no Docker to restart'
}

# Jobs, other than those in containers, get the variables of /etc/environment, and so does each session of PAM. The
# last of several lines counts.
write_job_variables() {
  mkdir -p "$ROOT/etc" && printf '%s\n' '' "${JOB_VARIABLES[@]}" >>"$ROOT/etc/environment"
}

# For jobs in containers: the same as the elements of an array in TOML.
job_environment() {
  local variable
  for variable in "${JOB_VARIABLES[@]}"; do printf '"%s", ' "$(json_text "$variable")"; done
}
