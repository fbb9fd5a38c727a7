#!/usr/bin/env bash
# The metadata service (IMDSv2) and calls to AWS, signed by curl with the instance's own role.

IMDS_TOKEN='' INSTANCE_ID='' REGION='' DOMAIN=''
CREDENTIALS='' CREDENTIALS_AT=0 ROLE=''
# Of the last call: the status (000 without an answer), the answer, how many bytes of the request were sent.
STATUS='' ANSWER='' SENT=0

# Credentials are reused for so many seconds. The service renews them long before they expire.
CREDENTIALS_SECONDS=240

# imds PATH...: prints metadata entries, one per line; fails at the first that does not exist.
imds() {
  local path urls=()
  for path in "$@"; do urls+=(--write-out '\n' "$IMDS_URL/latest/meta-data/$path"); done
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$IMDS_TOKEN" |
    curl --config - --noproxy '*' --silent --show-error --fail --fail-early --max-time 5 "${urls[@]}"
}

open_imds() {
  IMDS_TOKEN=$(curl --noproxy '*' --silent --show-error --fail --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "$IMDS_URL/latest/api/token")
}

read_identity() {
  local answer
  [[ -z $INSTANCE_ID ]] || return 0
  open_imds && answer=$(imds instance-id placement/region services/domain) || return
  { read -r INSTANCE_ID && read -r REGION && read -r DOMAIN; } <<<"$answer"
}

# The state that the group intends for this machine: InService, Terminated, Standby, Detached. A call that ends
# the machine shows here even if its answer was lost.
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
target_state() {
  imds autoscaling/target-lifecycle-state 2>/dev/null ||
    { open_imds && imds autoscaling/target-lifecycle-state; } 2>/dev/null
}

# Keeps the role's credentials as lines of a curl config. Does not use python3: the end of an instance needs them
# too, whatever a job has done to the machine.
read_credentials() {
  local answer key secret token
  read_uptime
  ((UPTIME - CREDENTIALS_AT >= CREDENTIALS_SECONDS)) || [[ -z $CREDENTIALS ]] || return 0
  open_imds && ROLE=$(imds iam/security-credentials/) || return
  answer=$(imds "iam/security-credentials/$ROLE") || return
  key=$(plain_text AccessKeyId "$answer") || return
  secret=$(plain_text SecretAccessKey "$answer") || return
  token=$(plain_text Token "$answer") || return
  printf -v CREDENTIALS 'user = "%s:%s"\nheader = "X-Amz-Security-Token: %s"\n' "$key" "$secret" "$token"
  CREDENTIALS_AT=$UPTIME
}

# plain_text NAME JSON: a string from a flat JSON object, for values that are never escaped.
plain_text() {
  local pattern="\"$1\"[[:space:]]*:[[:space:]]*\"([^\"]+)\""
  [[ $2 =~ $pattern ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# call_aws SERVICE CURL_OPTION...: sets STATUS, ANSWER and SENT; fails unless the answer is 2xx. CALL_URL is set for
# a service with another address than its usual one, CALL_PATH where the path matters.
call_aws() {
  local service=$1 answer last
  shift
  use_dual_stack # only with network/ipv6.sh
  STATUS=000 ANSWER='the metadata service gives no credentials' SENT=0
  read_credentials || return
  answer=$(printf '%s' "$CREDENTIALS" | curl --config - --silent --show-error \
    --connect-timeout 5 --max-time "${CALL_SECONDS:-10}" --aws-sigv4 "aws:amz:$REGION:$service" \
    --write-out '\n%{http_code} %{size_upload}' "$@" "${TEST_URL:-${CALL_URL:-https://$service.$REGION.$DOMAIN}}/${CALL_PATH:-}" 2>&1) || :
  last=${answer##*$'\n'}
  STATUS=${last% *} SENT=${last#* }
  ANSWER=${answer%$'\n'*}
  [[ $STATUS == 2* ]]
}

# Whether the last call may have taken effect although it failed: it was sent, and no reliable answer says that
# it was refused. A group that is being changed refuses with a 500.
may_have_worked() {
  case $STATUS:$ANSWER in
    *ResourceContention* | *ScalingActivityInProgress*) return 1 ;;
    5??:*) return 0 ;;
    000:*) [[ $SENT != 0 ]] ;;
    *) return 1 ;;
  esac
}

# Whether the last call failed for a temporary reason. A signature is refused while the clock is wrong.
may_work_later() {
  case $STATUS:$ANSWER in
    000:* | 429:* | 5??:* | *Throttl* | *LimitExceeded* | *ResourceContention* | *InProgress* | *Expired* | *Signature*) return 0 ;;
    *) return 1 ;;
  esac
}

# autoscaling ACTION NAME=VALUE...
autoscaling() {
  local action=$1 parameter options=()
  shift
  for parameter in "$@"; do options+=(--data-urlencode "$parameter"); done
  call_aws autoscaling --data "Action=$action&Version=2011-01-01" "${options[@]}"
}

# json_call SERVICE TARGET CURL_OPTION...
json_call() {
  local service=$1 target=$2
  shift 2
  call_aws "$service" --header 'Content-Type: application/x-amz-json-1.1' \
    --header "X-Amz-Target: $target" "$@"
}

# Only for refused calls, because the answer to GetSecretValue holds the token.
explain() {
  printf 'HTTP %s %.500s' "${STATUS:-000}" "${ANSWER//$'\n'/ }"
}
