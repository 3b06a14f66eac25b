#!/bin/sh
# LocalStack runs this once it is ready: what the service finds on AWS and LocalStack has without an account. Safe to run
# again.
set -eu

name=realtime-sync-local

put_secret() {
  awslocal secretsmanager create-secret --name "$1" --secret-string "$2" >/dev/null 2>&1 ||
    awslocal secretsmanager put-secret-value --secret-id "$1" --secret-string "$2" >/dev/null
}

put_secret "$name/rabbitmq" '{"username": "admin", "password": "password123"}'
put_secret "$name/admin-key" 'an-admin-key-for-laptops'
awslocal ssm put-parameter --overwrite --type String --name "/$name/redis-url" --value redis://redis:6379 >/dev/null
awslocal ssm put-parameter --overwrite --type String --name "/$name/websocket-url" --value ws://localhost:3001 >/dev/null
for function in authorizer connect message replay disconnect fanout welcome sweep monitor console observe api topology; do
  group="/aws/lambda/$name-$function"
  awslocal logs create-log-group --log-group-name "$group" >/dev/null 2>&1 || true
  awslocal logs put-retention-policy --log-group-name "$group" --retention-in-days 7
done
awslocal cloudwatch put-dashboard --dashboard-name "$name" --dashboard-body '{
  "widgets": [{
    "type": "log", "width": 24, "height": 6,
    "properties": {
      "title": "Errors", "region": "us-east-1",
      "query": "SOURCE '"'/aws/lambda/$name-fanout'"' | fields @timestamp, message | filter level = \"ERROR\" | limit 50"
    }
  }]
}' >/dev/null
echo "$name: secrets, parameters, log groups and the dashboard are there"
