#!/usr/bin/env bash
# The proxy of the config: every step of this script uses it from its first line on, and so do apt or dnf, the agent,
# Docker and jobs. Calls to the metadata service never do: they forbid every proxy, and NO_PROXY_HOSTS names its
# addresses for all others.

# Programs disagree about the port of a proxy whose URL names none.
PROXY_HOST='' PROXY_PORT=''
PROXY_PATTERN='^(https?)://(\[([^]]+)\]|([^]:/[]+))(:([0-9]+))?/?$'
if [[ $PROXY_URL =~ $PROXY_PATTERN ]]; then
  PROXY_HOST=${BASH_REMATCH[3]}${BASH_REMATCH[4]} PROXY_PORT=${BASH_REMATCH[6]}
  [[ -n $PROXY_PORT ]] || if [[ ${BASH_REMATCH[1]} == https ]]; then PROXY_PORT=443; else PROXY_PORT=80; fi
  PROXY_URL=${BASH_REMATCH[1]}://${BASH_REMATCH[2]}:$PROXY_PORT
fi

PROXY_VARIABLES=(
  "http_proxy=$PROXY_URL" "https_proxy=$PROXY_URL" "no_proxy=$NO_PROXY_HOSTS"
  "HTTP_PROXY=$PROXY_URL" "HTTPS_PROXY=$PROXY_URL" "NO_PROXY=$NO_PROXY_HOSTS"
)
JOB_VARIABLES+=("${PROXY_VARIABLES[@]}")
export "${PROXY_VARIABLES[@]}"

use_proxy() {
  local file=$STATE_DIR/proxy unit
  say "using the proxy $PROXY_URL"
  retry 4 reach_proxy ||
    die "the proxy $PROXY_URL does not answer; check that it runs, and that the subnets and security groups of the machines reach it"
  printf '%s\n' "${PROXY_VARIABLES[@]}" >"$file"
  for unit in runner-scaler-agent docker; do
    mkdir -p "$UNIT_DIR/$unit.service.d"
    printf '[Service]\nEnvironmentFile=%s\n' "${file#"$ROOT"}" >"$UNIT_DIR/$unit.service.d/runner-scaler-proxy.conf"
  done
  write_package_proxy
}

# By bash: the image may lack curl.
reach_proxy() {
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$PROXY_HOST" "$PROXY_PORT"
}

# A proxy that runs on this machine as root would fetch metadata for jobs, whom the firewall refuses it. Any other
# gives the metadata of its own machine, or nothing.
prove_proxy() {
  local way
  [[ " localhost ::1 $(hostname -I || :) " == *" $PROXY_HOST "* || $PROXY_HOST == 127.* ]] || return 0
  for way in --no-proxytunnel --proxytunnel; do
    retry 4 keeps_metadata "$way" ||
      die "the proxy $PROXY_URL fetches the metadata of this machine, so jobs could take its role; set the proxy to refuse 169.254.169.254 and fd00:ec2::254, or run it on another machine"
  done
}

# keeps_metadata WAY: no answer is no refusal. curl's 22 and 56 are a request and a tunnel that are refused.
keeps_metadata() {
  local token
  token=$(through_proxy "$1" --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
    "$IMDS_URL/latest/api/token") || {
    [[ $? =~ ^(22|56)$ ]]
    return
  }
  [[ $(through_proxy "$1" --header "X-aws-ec2-metadata-token: $token" \
    "$IMDS_URL/latest/meta-data/instance-id") != "$INSTANCE_ID" ]]
}

through_proxy() {
  curl --noproxy '' --proxy "$PROXY_URL" --silent --fail --globoff --max-time 10 "$@"
}
