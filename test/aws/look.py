"""Prints as JSON what there is in an emulator of AWS.

usage: look.py ENDPOINT
"""

import json
import sys

import boto3
from botocore.config import Config

settings = {
    "endpoint_url": sys.argv[1],
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "config": Config(retries={"max_attempts": 0}),
}


def every(service, operation, name):
    pages = boto3.client(service, **settings).get_paginator(operation).paginate()
    return [each for page in pages for each in page[name]]


def secret_of(each):
    value = boto3.client("secretsmanager", **settings).get_secret_value(SecretId=each["ARN"])
    return value["SecretString"]


def body_of(each):
    answer = boto3.client("cloudwatch", **settings).get_dashboard(DashboardName=each["DashboardName"])
    return json.loads(answer["DashboardBody"])


secrets = every("secretsmanager", "list_secrets", "SecretList")
groups = every("logs", "describe_log_groups", "logGroups")
dashboards = every("cloudwatch", "list_dashboards", "DashboardEntries")
alarms = every("cloudwatch", "describe_alarms", "MetricAlarms")
print(
    json.dumps(
        {
            "secrets": {each["Name"]: secret_of(each) for each in secrets},
            "parameters": {
                each["Name"]: each["Type"] for each in every("ssm", "describe_parameters", "Parameters")
            },
            "logGroups": {each["logGroupName"]: each.get("retentionInDays") for each in groups},
            "dashboards": {each["DashboardName"]: body_of(each) for each in dashboards},
            "alarms": {each["AlarmName"]: each["StateValue"] for each in alarms},
            "topics": [each["TopicArn"] for each in every("sns", "list_topics", "Topics")],
            "keys": [each["KeyId"] for each in every("kms", "list_keys", "Keys")],
            "metrics": sorted({each["MetricName"] for each in every("cloudwatch", "list_metrics", "Metrics")}),
        }
    )
)
