"""LocalStack runs this in itself once it is ready: what the service finds on AWS and LocalStack has without an account.

Safe to run again.
"""

import json
import os

import boto3

NAME = "realtime-sync-local"
FUNCTIONS = "authorizer connect message replay disconnect fanout welcome sweep appended monitor console observe api consumers topology"

settings = {
    "endpoint_url": os.environ.get("AWS_ENDPOINT_URL") or "http://127.0.0.1:4566",
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
secrets, parameters, logs, cloudwatch = (
    boto3.client(service, **settings) for service in ("secretsmanager", "ssm", "logs", "cloudwatch")
)

for secret, value in {
    f"{NAME}/rabbitmq": '{"username": "admin", "password": "password123"}',
    f"{NAME}/admin-key": "an-admin-key-for-laptops",
}.items():
    try:
        secrets.create_secret(Name=secret, SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        secrets.put_secret_value(SecretId=secret, SecretString=value)

for parameter, value in {
    f"/{NAME}/redis-url": "redis://redis:6379",
    f"/{NAME}/websocket-url": "ws://localhost:3001",
}.items():
    parameters.put_parameter(Name=parameter, Value=value, Type="String", Overwrite=True)

for function in FUNCTIONS.split():
    group = f"/aws/lambda/{NAME}-{function}"
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    logs.put_retention_policy(logGroupName=group, retentionInDays=7)

errors = f"SOURCE '/aws/lambda/{NAME}-fanout' | fields @timestamp, message | filter level = \"ERROR\" | limit 50"
widget = {"title": "Errors", "region": "us-east-1", "query": errors}
body = {"widgets": [{"type": "log", "width": 24, "height": 6, "properties": widget}]}
cloudwatch.put_dashboard(DashboardName=NAME, DashboardBody=json.dumps(body))
print(f"{NAME}: secrets, parameters, log groups and the dashboard are there")
