#!/usr/bin/env bash
# The metadata service (IMDSv2) and calls to AWS, signed by curl with the instance's own role.

IMDS_TOKEN='' INSTANCE_ID='' REGION='' DOMAIN=''
STATUS='' ANSWER=''

# imds PATH: prints one metadata entry.
imds() {
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$IMDS_TOKEN" |
    curl --config - --noproxy '*' --silent --show-error --fail --max-time 5 \
      "$IMDS_URL/latest/meta-data/$1"
}

read_identity() {
  IMDS_TOKEN=$(curl --noproxy '*' --silent --show-error --fail --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "$IMDS_URL/latest/api/token") &&
    INSTANCE_ID=$(imds instance-id) &&
    REGION=$(imds placement/region) &&
    DOMAIN=$(imds services/domain)
}

# Prints the role's credentials as lines of a curl config. Without python3: the end of an instance
# needs them too, whatever a job has done to the machine.
credentials() {
  local role answer key secret token
  role=$(imds iam/security-credentials/) || return
  answer=$(imds "iam/security-credentials/$role") || return
  key=$(plain_text AccessKeyId "$answer") || return
  secret=$(plain_text SecretAccessKey "$answer") || return
  token=$(plain_text Token "$answer") || return
  printf 'user = "%s:%s"\nheader = "X-Amz-Security-Token: %s"\n' "$key" "$secret" "$token"
}

# plain_text NAME JSON: a string of a flat JSON object, for values that are never escaped.
plain_text() {
  local pattern="\"$1\"[[:space:]]*:[[:space:]]*\"([^\"]+)\""
  [[ $2 =~ $pattern ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# call_aws SERVICE CURL_OPTION...: leaves the answer in STATUS and ANSWER; fails unless it is 2xx.
call_aws() {
  local service=$1 secrets answer
  shift
  STATUS=000 ANSWER='the metadata service gives no credentials'
  secrets=$(credentials) || return
  answer=$(printf '%s\n' "$secrets" | curl --config - --silent --show-error \
    --connect-timeout 5 --max-time 10 --aws-sigv4 "aws:amz:$REGION:$service" \
    --write-out '\n%{http_code}' "$@" "${TEST_URL:-https://$service.$REGION.$DOMAIN}/") || true
  STATUS=${answer##*$'\n'}
  ANSWER=${answer%$'\n'*}
  [[ $STATUS == 2* ]]
}

# autoscaling ACTION NAME=VALUE...
autoscaling() {
  local action=$1 parameter options=()
  shift
  for parameter in "$@"; do options+=(--data-urlencode "$parameter"); done
  call_aws autoscaling --data "Action=$action&Version=2011-01-01" "${options[@]}"
}

# complete_launch CONTINUE|ABANDON
complete_launch() {
  autoscaling CompleteLifecycleAction "AutoScalingGroupName=$SCALING_GROUP" \
    "LifecycleHookName=$LAUNCH_HOOK" "InstanceId=$INSTANCE_ID" "LifecycleActionResult=$1"
}

# Only for refused calls: the answer to GetSecretValue holds the token.
explain() {
  printf 'HTTP %s %.500s' "${STATUS:-000}" "${ANSWER//$'\n'/ }"
}
