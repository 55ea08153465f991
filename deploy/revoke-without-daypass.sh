#!/usr/bin/env bash
# Takes access away with nothing but the AWS CLI, when Daypass itself is down or not to be trusted.
# Run it with the revoker's keys (AWS_PROFILE=…), or any that may write inline policies of the issuer.
#
#   revoke-without-daypass.sh name ISSUER_USER NAME     one session; NAME is on the grant's page and in CloudTrail: dp-…
#   revoke-without-daypass.sh everything ISSUER_USER    all sessions of this issuer, and no new ones
#   revoke-without-daypass.sh until-now ISSUER_USER     all sessions up to this second; new ones work
#   revoke-without-daypass.sh lift ISSUER_USER POLICY   takes one of the above away again; each prints its POLICY
#
# Deactivating the issuer's access key is not enough: sessions it has minted live on, up to 36 hours. A Deny on the
# issuer reaches them, because a federated session never has more than its issuer; AWS takes some minutes to spread it.
# Each Deny is a policy of its own beside daypass-deny, which Daypass rewrites, so that neither undoes the other. They
# share 2,048 characters; Daypass leaves 512 of them free, enough for two or three of these.
set -euo pipefail

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2; }
[ $# -ge 2 ] || usage
action=$1 issuer=$2

deny() { # policy name, condition ("" for none)
    local document="{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"$2}]}"
    aws iam put-user-policy --user-name "$issuer" --policy-name "$1" --policy-document "$document" || {
        echo "NOT WRITTEN. If AWS said LimitExceeded: lift what is no longer needed, or use 'everything'" >&2
        exit 1
    }
    echo "written on $issuer, and this is what AWS holds:"
    aws iam get-user-policy --user-name "$issuer" --policy-name "$1" --query PolicyDocument --output json
    echo "to take it away again: $0 lift $issuer $1"
}

case $action in
name)
    name=${3:?"which session? its name begins with dp-"}
    [[ $name =~ ^[A-Za-z0-9+=,.@_-]{2,32}$ ]] || { echo "not a federated name: $name" >&2; exit 2; }
    arn=$(aws iam get-user --user-name "$issuer" --query User.Arn --output text)
    account=$(cut -d: -f5 <<<"$arn")
    deny "daypass-emergency-$name" ",\"Condition\":{\"StringEquals\":{\"aws:userid\":\"$account:$name\"}}"
    ;;
everything)
    deny daypass-emergency-everything ""
    echo "keep it for 36 hours, or until a Deny by until-now stands beside it: no session lives longer"
    ;;
until-now)
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    deny daypass-emergency-until-now ",\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"$now\"}}"
    echo "keep it for 36 hours: no session lives longer"
    ;;
lift)
    policy=${3:?"which policy? the one that was printed"}
    aws iam delete-user-policy --user-name "$issuer" --policy-name "$policy"
    echo "$policy is gone from $issuer"
    ;;
*) usage ;;
esac
