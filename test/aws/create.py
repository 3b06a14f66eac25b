"""Makes the stack of a packaged stage in moto, and through the services' own APIs what moto's CloudFormation lacks.

usage: create.py TEMPLATE REGION
Prints JSON: the status of the stack, what was made by logical name, what a service refused, with its words, and what is not
to be made, since its condition is not met. What botocore refuses of a property (a name, a type, a length, a choice) it refuses by AWS's own models.
"""

import base64
import json
import re
import sys

import boto3
import botocore.exceptions
from botocore.config import Config
from moto import mock_aws

ACCOUNT = "123456789012"

# What moto's CloudFormation does not make, and is made through the services' APIs below, or is of no service of moto's.
LACKING = {
    "AWS::AmazonMQ::Broker",
    "AWS::AmazonMQ::Configuration",
    "AWS::ApiGateway::Account",
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Deployment",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::IntegrationResponse",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::Secret",
    "AWS::SNS::Subscription",
    "Custom::Topology",
}

template_file, region = sys.argv[1:3]
template = json.load(open(template_file))
resources = template["Resources"]


def attribute(name, path):
    """Something of the form that an attribute has which only a deployment knows."""
    kind = resources.get(name, {}).get("Type", "")
    broker = "b-11111111-2222-3333-4444-555555555555"
    if path == "AmqpEndpoints":
        return [f"amqps://{broker}.mq.{region}.amazonaws.com:5671"]
    if path == "ConsoleURLs":
        return [f"https://{broker}.mq.{region}.amazonaws.com"]
    if path.endswith("Port"):
        return "6379"
    if path.endswith("Address"):
        return "cache.example.amazonaws.com"
    if path == "Revision":
        return 1
    if kind == "AWS::AmazonMQ::Broker":
        return f"arn:aws:mq:{region}:{ACCOUNT}:broker:x:{broker}"
    if kind == "AWS::SecretsManager::Secret" or "Secret" in name:
        return f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}"
    if kind == "AWS::IAM::Role":
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


PSEUDO = {
    "AWS::Region": region,
    "AWS::Partition": "aws",
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": "realtime-sync",
    "AWS::StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/realtime-sync/11111111-2222-3333-4444-555555555555",
    "AWS::URLSuffix": "amazonaws.com",
}
made = {}


def reference(name):
    if name in PSEUDO:
        return PSEUDO[name]
    if name in made:
        return made[name]
    if resources.get(name, {}).get("Type") in ("AWS::SecretsManager::Secret", "AWS::SNS::Topic"):
        return attribute(name, "Arn")
    return f"{name.lower()[:20]}-x"


def condition(name):
    return evaluated(template["Conditions"][name])


def evaluated(value):
    """A condition's worth; those of the stages compare texts."""
    (operator, operands), = value.items()
    if operator == "Fn::Equals":
        return plain(operands[0]) == plain(operands[1])
    if operator == "Fn::Not":
        return not evaluated(operands[0])
    if operator == "Fn::And":
        return all(evaluated(each) for each in operands)
    if operator == "Fn::Or":
        return any(evaluated(each) for each in operands)
    return condition(operands)


def plain(value):
    """A value without functions, for the services' APIs."""
    if isinstance(value, list):
        return [each for each in (plain(one) for one in value) if each is not None]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (operator, operand), = value.items()
        if operator == "Ref":
            return None if operand == "AWS::NoValue" else reference(operand)
        if operator == "Fn::GetAtt":
            name, _, path = operand.partition(".") if isinstance(operand, str) else (operand[0], "", ".".join(operand[1:]))
            return attribute(name, path)
        if operator == "Fn::If":
            return plain(operand[1 if condition(operand[0]) else 2])
        if operator == "Fn::Join":
            return operand[0].join(str(plain(each)) for each in plain(operand[1]))
        if operator == "Fn::Select":
            return plain(operand[1])[int(operand[0])]
        if operator == "Fn::Split":
            return str(plain(operand[1])).split(operand[0])
        if operator == "Fn::Base64":
            return base64.b64encode(str(plain(operand)).encode()).decode()
        if operator == "Fn::Sub":
            text, more = (operand, {}) if isinstance(operand, str) else operand

            def filled(match):
                name, _, path = match[1].partition(".")
                if name in more:
                    return str(plain(more[name]))
                return str(attribute(name, path) if path else reference(name))

            return re.sub(r"\$\{([\w.:]+)\}", filled, text)
    return {key: each for key, each in ((key, plain(one)) for key, one in value.items()) if each is not None}


def standing_in(value, left):
    """The template without what is left out: references to it are what they might be."""
    if isinstance(value, list):
        return [standing_in(each, left) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (operator, operand), = value.items()
        if operator == "Ref" and operand in left:
            return plain(value)
        if operator == "Fn::GetAtt":
            name = operand.split(".")[0] if isinstance(operand, str) else operand[0]
            if name in left:
                return plain(value)
        if operator == "Fn::Sub":
            text = operand if isinstance(operand, str) else operand[0]
            if any(name.split(".")[0] in left for name in re.findall(r"\$\{([\w.:]+)\}", text)):
                return plain(value)
    return {key: standing_in(each, left) for key, each in value.items()}


def without(left):
    kept = {}
    for name, resource in resources.items():
        if name in left:
            continue
        resource = standing_in(resource, left)
        waits = resource.pop("DependsOn", [])
        waits = [each for each in ([waits] if isinstance(waits, str) else waits) if each not in left]
        kept[name] = {**resource, **({"DependsOn": waits} if waits else {})}
    # Moto knows neither of the newer policy.
    for resource in kept.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    return {"Resources": kept, "Conditions": template.get("Conditions", {})}


def client(service):
    return boto3.client(service, region_name=region, config=Config(retries={"max_attempts": 0}))


refused = {}


def attempt(name, call):
    try:
        return call()
    except botocore.exceptions.BotoCoreError as error:
        refused[name] = str(error)
    except botocore.exceptions.ClientError as error:
        refused[name] = str(error)
    except Exception as error:  # moto's own
        refused[name] = f"{type(error).__name__}: {error}"
    return None


def of(kind):
    return [
        (name, plain(resource.get("Properties", {})))
        for name, resource in resources.items()
        if resource["Type"] == kind and ("Condition" not in resource or condition(resource["Condition"]))
    ]


def through_apis():
    """What CloudFormation is not asked for, in the order of what refers to what."""
    gateway = client("apigatewayv2")
    for kind, call, key in [
        ("Api", gateway.create_api, "ApiId"),
        ("Integration", gateway.create_integration, "IntegrationId"),
        ("Authorizer", gateway.create_authorizer, "AuthorizerId"),
        ("Route", gateway.create_route, "RouteId"),
        ("RouteResponse", gateway.create_route_response, "RouteResponseId"),
        ("Stage", gateway.create_stage, "StageName"),
    ]:
        for name, properties in of(f"AWS::ApiGatewayV2::{kind}"):
            properties.pop("DeploymentId", None)
            answer = attempt(name, lambda: call(**properties))
            if answer is not None:
                made[name] = answer[key]
    secrets = client("secretsmanager")
    for name, properties in of("AWS::SecretsManager::Secret"):
        generated = properties.get("GenerateSecretString", {})
        asked = {key: generated[key] for key in ("PasswordLength", "ExcludePunctuation") if key in generated}
        answer = attempt(name, lambda: secrets.get_random_password(**asked))
        if answer is not None:
            made[name] = f"{len(answer['RandomPassword'])} characters"
    alarms = client("cloudwatch")
    for name, properties in of("AWS::CloudWatch::Alarm"):
        if attempt(name, lambda: alarms.put_metric_alarm(**properties)) is not None:
            made[name] = properties["AlarmName"]
    for name, properties in of("AWS::CloudWatch::Dashboard"):
        if attempt(name, lambda: alarms.put_dashboard(**properties)) is not None:
            made[name] = properties["DashboardName"]
    brokers = client("mq")
    for name, properties in of("AWS::AmazonMQ::Configuration"):
        data = properties.pop("Data")
        answer = attempt(name, lambda: brokers.create_configuration(**properties))
        if answer is not None:
            made[name] = answer["Id"]
            attempt(name, lambda: brokers.update_configuration(ConfigurationId=answer["Id"], Data=data))
    for name, properties in of("AWS::AmazonMQ::Broker"):
        # References to secrets are CloudFormation's to resolve.
        properties["Users"] = [{"Username": "realtime-sync", "Password": "x" * 48}]
        answer = attempt(name, lambda: brokers.create_broker(**properties))
        if answer is not None:
            made[name] = answer["BrokerId"]
    caches = client("elasticache")
    for name, properties in of("AWS::ElastiCache::ReplicationGroup"):
        properties = {"ReplicationGroupId": "x", **properties}
        if attempt(name, lambda: caches.create_replication_group(**properties)) is not None:
            made[name] = "x"


@mock_aws(config={"lambda": {"use_docker": False}})
def main():
    storage, cloud = client("s3"), client("cloudformation")
    bucket = "packages"
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    storage.create_bucket(Bucket=bucket, **where)
    left = {name for name, resource in resources.items() if resource["Type"] in LACKING}
    body = without(left)
    for resource in body["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = {"S3Bucket": bucket, "S3Key": "function.zip"}
    storage.put_object(Bucket=bucket, Key="function.zip", Body=b"PK\x05\x06" + bytes(18))
    storage.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(body))
    status = "REFUSED"
    try:
        cloud.create_stack(
            StackName="realtime-sync",
            TemplateURL=f"https://{bucket}.s3.amazonaws.com/template.json",
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        status = cloud.describe_stacks(StackName="realtime-sync")["Stacks"][0]["StackStatus"]
        for page in cloud.get_paginator("list_stack_resources").paginate(StackName="realtime-sync"):
            for each in page["StackResourceSummaries"]:
                made[each["LogicalResourceId"]] = each.get("PhysicalResourceId", "")
    except Exception as error:
        refused["stack"] = f"{type(error).__name__}: {error}"
    through_apis()
    unmet = [name for name, each in resources.items() if "Condition" in each and not condition(each["Condition"])]
    print(json.dumps({"status": status, "made": made, "refused": refused, "unmet": unmet}))


main()
