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

# A proxy may know the metadata service by one of these and not by another. Not every machine has the IPv6 address,
# nor a VPC's DNS, which has the name.
OTHER_METADATA_URLS=("$IMDS_URL_IPV6" 'http://[::ffff:169.254.169.254]' http://instance-data.ec2.internal)

# A proxy on the machine itself starts beside the boot, so it gets half a minute.
use_proxy() {
  local file=$STATE_DIR/proxy unit
  say "using the proxy $PROXY_URL"
  retry 6 reach_proxy ||
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
  local url try rounds=0 urls=("$IMDS_URL")
  proxy_is_here || return 0
  for url in "${OTHER_METADATA_URLS[@]}"; do
    ! curl --noproxy '*' --silent --globoff --output /dev/null --max-time 2 "$url" || urls+=("$url")
  done
  for ((try = 0; try < 12; try++)); do
    ((try == 0)) || pause 2
    ! keeps_metadata "${urls[@]}" || return 0
  done
  die "the proxy $PROXY_URL may fetch the metadata of this machine, to which it gave no clear answer; run it as another user than root, or on another machine"
}

proxy_is_here() {
  local address _
  while read -r address _; do
    [[ " $(hostname -I || :) " != *" $address "* && ! $address =~ ^(127\..*|::1|0\.0\.0\.0|::)$ ]] || return 0
  done < <(getent ahosts "$PROXY_HOST")
  return 1
}

# keeps_metadata URL...: whether the proxy has refused each of them, plain and as a tunnel. A connection that breaks is no
# refusal. Neither is an error of the proxy, unless it repeats it: it may come of the firewall, or of its start.
keeps_metadata() {
  local url way answer status unsure=''
  for url in "$@"; do
    for way in --no-proxytunnel --proxytunnel; do
      through_proxy --request PUT --header 'Content-Length: 0' --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' \
        "$url/latest/api/token"
      if [[ $status:$answer =~ ^2..:[[:graph:]]+$ ]]; then
        through_proxy --header "X-aws-ec2-metadata-token: $answer" "$url/latest/meta-data/instance-id"
        [[ $answer != "$INSTANCE_ID" ]] ||
          die "the proxy $PROXY_URL fetches the metadata of this machine from $url, so jobs could take its role; run it as another user than root, or on another machine"
      fi
      case $status in
        000 | 408 | 429) return 1 ;;
        [34]*) ;;
        *) unsure=yes ;;
      esac
    done
  done
  [[ -z $unsure ]] || ((++rounds >= 3))
}

# Sets answer, and status to what the proxy says or, through a tunnel, what its end says; to 000 without an answer.
through_proxy() {
  local connect
  answer=$(curl "$way" --noproxy '' --proxy "$PROXY_URL" --silent --globoff --max-time 5 \
    --write-out '\n%{http_connect} %{http_code}' "$@") || :
  read -r connect status <<<"${answer##*$'\n'}"
  [[ $connect == [02]* ]] || status=$connect
  answer=${answer%$'\n'*}
}
