#!/usr/bin/env bash
# A subnet without IPv4: every address that is used has to exist over IPv6.

# What was the other address of the metadata service is still closed, and proved to be.
read -r IMDS_URL IMDS_URL_IPV6 <<<"$IMDS_URL_IPV6 $IMDS_URL"

# The buckets of the agents' releases are in this Region.
# https://docs.aws.amazon.com/AmazonS3/latest/API/dual-stack-endpoints.html
RELEASES_URL=${RELEASES_URL/.s3.amazonaws.com/.s3.dualstack.us-east-1.amazonaws.com}

# https://docs.aws.amazon.com/general/latest/gr/rande.html
use_dual_stack() {
  case $DOMAIN in
    amazonaws.com) DOMAIN=api.aws ;;
    amazonaws.com.cn) DOMAIN=api.amazonwebservices.com.cn ;;
  esac
}
